"""The home timeline by popularity: frozen on its first page, so that likes given meanwhile do not shuffle the rest.

The list is kept as ids for ten minutes in a table (any process may get the next page), and its cursor is the list
and a place in it. What was deleted, blocked or muted since then is left out when a page is read.
"""

from datetime import datetime

from sqlalchemy import BigInteger, bindparam, delete, insert, select

from src import clock
from src.auth import callers as auth_callers
from src.database import Database
from src.models import first_id_at, id_at
from src.pagination import InvalidCursor, Paging, Slice
from src.schemas import MAX_ID
from src.timelines import candidates, exceptions, models, reads
from src.timelines.constants import FROZEN_FOR, FROZEN_POSTS, WINDOWS, Window
from src.timelines.reads import Row, Span

_SINCE = bindparam("since", type_=BigInteger)
_CHOICE = candidates.popular(_SINCE, FROZEN_POSTS)


async def home(database: Database, *, caller: auth_callers.Caller, window: Window, paging: Paging) -> Slice[Row]:
    """A page of the caller's popular home.

    Raises:
        ListExpired: the cursor's list is no longer kept.
        InvalidCursor: the cursor is of another list.
    """
    list_id, place = await _place(database, caller, window, paging)
    span = Span(below=place, upwards=False) if paging.back else Span(above=place, upwards=True)
    rows = await reads.rows(
        database, candidates.frozen, span, paging.limit + 1, viewer=caller.account_id, subject=list_id
    )
    return paging.cut(rows, [f"{list_id}.{row.entry_id}" for row in rows])


async def _place(database: Database, caller: auth_callers.Caller, window: Window, paging: Paging) -> tuple[int, int]:
    key = paging.text()
    if key is None:
        return await _freeze(database, caller, window), 0
    list_id, _, place = key.partition(".")
    if not (list_id.isascii() and list_id.isdigit() and place.isascii() and place.isdigit() and len(place) <= 4):
        raise InvalidCursor
    kept = models.FrozenList
    # Nobody's list has the greatest id there is.
    number = min(int(list_id), MAX_ID)
    statement = select(kept.id).where(
        kept.id == number, kept.account_id == caller.account_id, kept.created_at > clock.now() - FROZEN_FOR
    )
    async with database.read() as session:
        if await session.scalar(statement) is None:
            raise exceptions.ListExpired
    return number, int(place)


async def _freeze(database: Database, caller: auth_callers.Caller, window: Window) -> int:
    now = clock.now()
    back = WINDOWS[window]
    since = first_id_at(now - back) if back is not None else 0
    async with database.read() as session:
        chosen = await session.execute(_CHOICE, {"viewer": caller.account_id, "now": now, "since": since})
        post_ids = list(chosen.scalars())
    async with database.write() as session:
        row = {"id": id_at(now), "account_id": caller.account_id, "post_ids": post_ids, "created_at": now}
        return (
            await session.execute(insert(models.FrozenList).values(row).returning(models.FrozenList.id))
        ).scalar_one()


async def forget(database: Database) -> None:
    """Deletes lists that nobody can walk any more."""
    async with database.write() as session:
        await session.execute(delete(models.FrozenList).where(models.FrozenList.created_at < _oldest()))


def _oldest() -> datetime:
    return clock.now() - FROZEN_FOR
