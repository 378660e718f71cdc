"""Media that come back from an archive: what hung on a thing hangs on what this is here, once and whole."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from anyio import to_thread
from pydantic import BaseModel, Field

from src.database import ReadSession, WriteSession
from src.media import bringing, models, schemas, utils
from src.media.constants import STORES_RESOURCE
from src.media.formats import Format
from src.media.stores import Stores
from src.restoring import Arrival, OldId, Outcome, Skipped, Work, resource
from src.schemas import Text

STEP = "media"
_ITEMS = models.MediaItem.__tablename__
_FOLDER = "media_attachments"


class ArchivedItem(BaseModel):
    """A row of `media_items`, as far as it is believed."""

    id: OldId
    # None while it was being processed: then the file is the one that was sent.
    content_type: Annotated[Text, Field(max_length=100, pattern=r"^[a-z0-9]+/[a-z0-9.+-]+$")] | None
    sent_format: Format
    alt_text: schemas.AltText | None
    focus_x: schemas.Side | None
    focus_y: schemas.Side | None
    attached_kind: Annotated[Text, Field(max_length=50)]
    attached_id: OldId
    place: int

    @property
    def path(self) -> str:
        """Where its file is."""
        return archive_path(self.id, self.content_type or self.sent_format.content_type)

    def details(self) -> schemas.MediaDetails:
        """What was said of it."""
        focus = None
        if self.focus_x is not None and self.focus_y is not None:
            focus = schemas.Focus(x=self.focus_x, y=self.focus_y)
        return schemas.MediaDetails(alt_text=self.alt_text, focus=focus)


@dataclass(frozen=True)
class Things:
    """What media can hang on, as the package knows it that owns it.

    Attributes:
        kind: the word for it, as in `Attachment`.
        most: how many items hang on one.
        find: which thing here is the one of this old id, if media may be hung on it; locked, if it may write.
        hung: is told what hangs now, in their order, in the same transaction.
    """

    kind: str
    most: int
    find: Callable[[ReadSession, Arrival, int], Awaitable[int | None]]
    hung: Callable[[WriteSession, int, list[models.MediaItem]], Awaitable[None]] | None = None


def archive_path(media_id: int, content_type: str) -> str:
    """Where the file of an item is in an archive."""
    return f"{_FOLDER}/{media_id}.{utils.extension_of(content_type)}"


async def restore(work: Work, arrival: Arrival, things: Things) -> None:
    """Hangs on things what hung on them in the archive.

    Raises:
        QuotaExceeded, StorageFull, Unavailable: there is no room, or no store; what has come stays.
    """
    groups = await to_thread.run_sync(partial(_groups, arrival, things))
    outcome = arrival.outcomes.setdefault(_ITEMS, Outcome())
    done, total = 0, sum(map(len, groups.values()))
    for old_id, items in groups.items():
        outcome.add(await _restore_one(work, arrival, things, old_id, items))
        done += len(items)
        # Until here they counted as rows that do not come back.
        outcome.skipped[Skipped.LEFT_OUT] -= len(items)
        await work.progress(STEP, done, total)


async def _restore_one(work: Work, arrival: Arrival, things: Things, old_id: int, items: list[ArchivedItem]) -> Outcome:
    outcome, ids = Outcome(), [item.id for item in items]
    async with work.db.read() as session:
        known = await arrival.ledger.known(session, _ITEMS, ids)
        thing_id = await things.find(session, arrival, old_id)
    if known:
        outcome.known = len(items)
        return outcome
    if thing_id is None:
        outcome.skipped[Skipped.ELSEWHERE] = len(items)
        return outcome
    stores = resource(arrival.resources, STORES_RESOURCE, Stores)
    files = [
        bringing.Brought(
            partial(arrival.source.file, item.path),
            item.details(),
        )
        for item in items
    ]
    async with AsyncExitStack() as stack:
        taken = await bringing.take(stack, stores, files)
        outcome.skipped[Skipped.FILE_REFUSED] = taken.refused
        async with work.write() as session:
            await arrival.ledger.hold(session)
            again = await arrival.ledger.known(session, _ITEMS, ids)
            if again or await things.find(session, arrival, old_id) != thing_id:
                outcome.known = len(items)
                return outcome
            hung = await bringing.hang(
                session, owner_id=arrival.account_id, taken=taken, to_kind=things.kind, to_id=thing_id
            )
            await arrival.ledger.note(session, _ITEMS, {items[place].id: item.id for place, item in hung.items()})
            if things.hung is not None and hung:
                await things.hung(session, thing_id, list(hung.values()))
            outcome.new = len(hung)
    return outcome


def _groups(arrival: Arrival, things: Things) -> Mapping[int, list[ArchivedItem]]:
    """The items of each thing in their order, as far as their files are there; so no more than an archive has files."""
    found: dict[int, list[ArchivedItem]] = defaultdict(list)
    for row in arrival.source.rows(_ITEMS):
        if row.get("attached_kind") != things.kind:
            continue
        for item in Outcome().valid(ArchivedItem, [row]):
            if arrival.source.has(item.path):
                found[item.attached_id].append(item)
    return {
        old_id: sorted(items, key=lambda item: item.place)[: things.most] for old_id, items in sorted(found.items())
    }
