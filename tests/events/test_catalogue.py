"""What cannot work as declared stops the start."""

from collections.abc import Mapping
from typing import ClassVar

import pytest

from src.database import WriteSession
from src.events.catalogue import Catalogue
from src.events.constants import Moment
from src.events.event import Event
from src.events.handlers import Handler
from src.feature import RegistryError
from tests.events.parts import Knocked, Rang, registry

pytestmark = pytest.mark.unit


class Nameless(Event):
    """Has no type."""


class Shouting(Event):
    """Has a type in the wrong form."""

    type: ClassVar[str] = "Shouting"


class Impostor(Event):
    """Has another's type."""

    type: ClassVar[str] = "bells.rang"


class Written(Event):
    """Its row is written by a statement."""

    type: ClassVar[str] = "bells.written"
    hot: ClassVar[bool] = True


async def effect(_session: WriteSession, _event: Event) -> None:
    """Does nothing."""


async def other_effect(_session: WriteSession, _event: Event) -> None:
    """Does nothing either."""


def echo(_event: Event, _resources: Mapping[str, object]) -> None:
    """Does nothing."""


@pytest.mark.parametrize("kind", [Nameless, Shouting])
def test_an_event_without_a_good_type_is_refused(kind: type[Event]) -> None:
    with pytest.raises(RegistryError, match=r"no type of the form"):
        Catalogue(registry(bells=(Handler(kind, effect, when=Moment.AFTER),)))


def test_two_classes_of_one_type_are_refused() -> None:
    parts = (Handler(Rang, effect, when=Moment.AFTER), Handler(Impostor, effect, when=Moment.WITHIN))
    with pytest.raises(RegistryError, match="Rang and Impostor"):
        Catalogue(registry(bells=parts))


def test_the_same_handler_twice_is_refused() -> None:
    with pytest.raises(RegistryError, match="Handler stands twice"):
        registry(bells=(Handler(Rang, effect, when=Moment.AFTER), Handler(Rang, effect, when=Moment.AFTER)))


def test_an_event_that_a_statement_writes_has_no_within_handler() -> None:
    with pytest.raises(RegistryError, match="statement of its own"):
        Catalogue(registry(bells=(Handler(Written, effect, when=Moment.WITHIN),)))
    Catalogue(registry(bells=(Handler(Written, effect, when=Moment.AFTER),)))


def test_everywhere_must_not_wait_and_the_others_must() -> None:
    with pytest.raises(RegistryError, match="must not be async"):
        Catalogue(registry(bells=(Handler(Rang, effect, when=Moment.EVERYWHERE),)))  # type: ignore[call-overload]
    with pytest.raises(RegistryError, match="has to be async"):
        Catalogue(registry(bells=(Handler(Rang, echo, when=Moment.AFTER),)))  # type: ignore[call-overload]


def test_handlers_are_laid_out_by_moment_package_and_type() -> None:
    found = Catalogue(
        registry(
            bells=(Handler(Rang, effect, when=Moment.WITHIN), Handler(Rang, echo, when=Moment.EVERYWHERE)),
            doors=(Handler(Rang, effect, when=Moment.AFTER), Handler(Knocked, effect, when=Moment.AFTER)),
            walls=(Handler(Rang, other_effect, when=Moment.AFTER),),
        )
    )
    assert [handler.run for handler in found.within["bells.rang"]] == [effect]
    assert [handler.run for handler in found.everywhere["bells.rang"]] == [echo]
    assert {name: set(handlers) for name, handlers in found.after.items()} == {
        "doors": {"bells.rang", "doors.knocked"},
        "walls": {"bells.rang"},
    }
    assert found.classes == {"bells.rang": Rang, "doors.knocked": Knocked}
