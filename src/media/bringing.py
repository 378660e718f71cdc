"""Files of archives as media of somebody: stored first, then hung on their thing within one transaction.

They are processed like any upload, so they look the same for whoever wrote the archive; until then they are not ready.
"""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from anyio import to_thread

from src.auth import callers as auth_callers
from src.database import WriteSession
from src.exceptions import HearthError
from src.feature import Role
from src.media import models, service, uploads
from src.media import service_attachments as attachments
from src.media.exceptions import FileMissing, MediaTooLarge, MediaTypeRefused, ToolsMissing
from src.media.schemas import MediaDetails
from src.media.stores import Stores
from src.restoring import Readable

REFUSED: tuple[type[HearthError], ...] = (FileMissing, MediaTooLarge, MediaTypeRefused, ToolsMissing)


@dataclass(frozen=True)
class Brought:
    """A file of an archive: `open` is called in a thread and gives nothing if there is no such file."""

    open: Callable[[], Readable | None]
    details: MediaDetails


@dataclass
class Taken:
    """Files that are in the store, by the places that they had; `refused` of them are none that this server takes."""

    uploads: dict[int, uploads.Upload]
    refused: int = 0


async def take(stack: AsyncExitStack, stores: Stores, files: Sequence[Brought]) -> Taken:
    """Stores files; the stack removes those again that have not become items by its end.

    Raises:
        StorageFull, Unavailable: they cannot be stored.
    """
    taken = Taken({})
    for place, file in enumerate(files):
        source = await to_thread.run_sync(file.open)
        try:
            if source is None:
                raise FileMissing
            taken.uploads[place] = await stack.enter_async_context(uploads.brought(stores, source.read, file.details))
        except REFUSED:
            taken.refused += 1
    return taken


async def hang(
    session: WriteSession, *, owner_id: int, taken: Taken, to_kind: str, to_id: int
) -> dict[int, models.MediaItem]:
    """Makes items of what was taken and hangs them on a thing, in their order; by the places that they had.

    Raises:
        QuotaExceeded, StorageFull: there is no room.
    """
    caller = auth_callers.Caller(account_id=owner_id, session_id=0, role=Role.MEMBER)
    items = {
        place: await service.create(session, caller=caller, upload=upload) for place, upload in taken.uploads.items()
    }
    if items:
        ids = [item.id for item in items.values()]
        await attachments.attach(session, owner_id=owner_id, ids=ids, to_kind=to_kind, to_id=to_id)
    return items
