"""The registry: parts by their class, in order, and no list that does not fit together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from src.config import Settings
from src.database import Database, ReadSession
from src.feature import Check, Feature, Job, Part, Permission, Permissions, Registry, RegistryError, Resource, Role

pytestmark = pytest.mark.unit
_CONSUMED = (Job, Check, Resource, Permissions)


async def _run(_database: Database) -> None:
    return None


async def _look(_session: ReadSession) -> list[str]:
    return []


@asynccontextmanager
async def _open(_settings: Settings, _database: Database) -> AsyncIterator[object]:
    yield None


@dataclass(frozen=True)
class _Gong(Part):
    """A part that nobody consumes."""


class _Rights(Permission):
    READ = "tea:read", Role.NOBODY
    POUR = "tea:pour", Role.MODERATOR


def _job(name: str) -> Job:
    return Job(name, _run, every=1)


def _registry(*features: Feature) -> Registry:
    return Registry(features, consumed=_CONSUMED)


def test_parts_come_by_class_in_the_order_of_the_features() -> None:
    look = Check("tea.look", _look)
    one = Feature("tea", (_job("tea.boil"), look, _job("tea.pour")))
    registry = _registry(one, Feature("coffee", (_job("coffee.boil"),)), Feature("water", ()))
    assert [job.name for job in registry.all(Job)] == ["tea.boil", "tea.pour", "coffee.boil"]
    assert [(owner, job.name) for owner, job in registry.by_feature(Job)][1:] == [
        ("tea", "tea.pour"),
        ("coffee", "coffee.boil"),
    ]
    assert registry.all(Check) == [look]
    assert registry.all(Resource) == []


def test_a_feature_stands_once() -> None:
    with pytest.raises(RegistryError, match=r"^feature stands twice: tea$"):
        _registry(Feature("tea", ()), Feature("coffee", ()), Feature("tea", ()))


@pytest.mark.parametrize("part", [_job("pour"), Check("pour", _look), Resource("pour", _open)])
def test_a_name_stands_once_in_its_class_whoever_gives_it(part: Part) -> None:
    with pytest.raises(RegistryError, match=rf"^{type(part).__name__} stands twice: pour$"):
        _registry(Feature("tea", (part,)), Feature("coffee", (part,)))
    with pytest.raises(RegistryError, match="stands twice"):
        _registry(Feature("tea", (part, part)))


def test_a_name_may_stand_in_two_classes() -> None:
    _registry(Feature("tea", (_job("pour"), Check("pour", _look), Resource("pour", _open))))


def test_parts_without_a_name_may_come_again() -> None:
    registry = _registry(Feature("tea", (Permissions(_Rights),)), Feature("coffee", (Permissions(_Rights),)))
    assert len(registry.all(Permissions)) == 2


def test_a_part_that_nobody_consumes_stops_the_start() -> None:
    with pytest.raises(RegistryError, match=r"^tea: nobody consumes a part of class _Gong$"):
        _registry(Feature("tea", (_job("pour"), _Gong())))


def test_a_permission_is_its_text_and_knows_the_least_role() -> None:
    assert (str(_Rights.POUR), _Rights.POUR.least) == ("tea:pour", Role.MODERATOR)
    assert "tea:read" in {_Rights.READ, _Rights.POUR}


def test_each_role_may_what_the_ones_below_it_may() -> None:
    assert Role.NOBODY < Role.MEMBER < Role.MODERATOR < Role.ADMIN
