"""The part by which a package says that its things can be carried on as cards, and who may do that."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from src.database import ReadSession
from src.feature import Part, Registry


@dataclass(frozen=True)
class Card(Part):
    """A kind of thing that can be shown elsewhere by its kind and id; whoever is shown it asks for it there.

    Attributes:
        kind: the word for it, such as `post`.
        readable: `await readable(session, viewer_id, thing_id)`: whether the viewer may see the thing, and so show it
            to others, each of whom sees of it what they may see.
    """

    kind: str
    readable: Callable[[ReadSession, int, int], Awaitable[bool]]

    @property
    def key(self) -> str:
        """The kind."""
        return self.kind


async def is_readable(registry: Registry, session: ReadSession, *, viewer_id: int, kind: str, thing_id: int) -> bool:
    """Whether the viewer may carry the thing on; not what nobody has a card for."""
    card = next((card for card in registry.all(Card) if card.kind == kind), None)
    return card is not None and await card.readable(session, viewer_id, thing_id)
