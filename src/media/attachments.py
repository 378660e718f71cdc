"""The part by which a package says that media can hang on its things, and who may then see them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from src.database import ReadSession
from src.feature import Part, Permission, Registry


@dataclass(frozen=True)
class Attachment(Part):
    """A kind of thing that media can hang on.

    Attributes:
        kind: the word for it, as `service_attachments.attach` is told.
        readable: `await readable(session, viewer_id, attached_id)`: whether the viewer (0: a stranger) may see the
            thing and so its media. The owner of an item always may.
        permission: without it, a caller sees their media as a stranger does.
    """

    kind: str
    readable: Callable[[ReadSession, int, int], Awaitable[bool]]
    permission: Permission

    @property
    def key(self) -> str:
        """The kind."""
        return self.kind


def by_kind(registry: Registry) -> Mapping[str, Attachment]:
    """What media can hang on."""
    return {part.kind: part for part in registry.all(Attachment)}
