"""Time-driven work of timelines: homes are kept short."""

from typing import Final

from sqlalchemy import ColumnElement, ColumnExpressionArgument, delete, select
from sqlalchemy.sql.dml import ReturningDelete

from src.auth import models as auth_models
from src.database import Database
from src.models import there_is
from src.posts import models as posts_models
from src.timelines import fan_out, models
from src.timelines.constants import KEPT_ENTRIES

# Trimming starts a little late, so that it is not done for every single entry.
_SLACK = 200
_HOMES_AT_ONCE = 1_000
_ENTRIES_AT_ONCE = 5_000

Entry = models.Entry
_LIVING: ColumnElement[bool] = there_is(posts_models.Post, posts_models.Post.id == Entry.post_id)
GONE: Final = ~_LIVING


async def trim(database: Database) -> None:
    """Cuts homes that have grown too long; what is cut off is read from the posts themselves from then on.

    One bounded transaction after the other: a home that is much too long takes more of them, and fails nobody else's.
    """
    last = 0
    account = auth_models.Account.id
    # Looks no further than it has to, however long a home is.
    beyond = select(Entry.entry_id).where(Entry.account_id == account).order_by(Entry.entry_id.desc()).limit(1)
    surplus = beyond.offset(KEPT_ENTRIES + _SLACK).correlate(auth_models.Account).scalar_subquery()
    while True:
        async with database.read() as session:
            batch = select(account, surplus).where(account > last).order_by(account).limit(_HOMES_AT_ONCE)
            homes = (await session.execute(batch)).all()
        if not homes:
            return
        for account_id, surplus_id in homes:
            if surplus_id is not None:
                await _trim_one(database, account_id)
        last = homes[-1][0]


async def _trim_one(database: Database, account_id: int) -> None:
    """Leaves one home its newest entries and drops those whose post is gone."""
    newest = select(Entry.entry_id).where(Entry.account_id == account_id, _LIVING).order_by(Entry.entry_id.desc())
    async with database.write() as session:
        highest = await session.scalar(newest.offset(KEPT_ENTRIES).limit(1))
        if highest is not None:
            # From here on nobody reads what lies below, so it need not go at once.
            await fan_out.raise_horizon(session, account_id, highest)
    if highest is not None:
        await _sweep(database, account_id, Entry.entry_id <= highest)
    await _sweep(database, account_id, GONE)


async def _sweep(database: Database, account_id: int, which: ColumnExpressionArgument[bool]) -> None:
    swept = _ENTRIES_AT_ONCE
    while swept >= _ENTRIES_AT_ONCE:
        async with database.write() as session:
            swept = len((await session.execute(sweeping(account_id, which))).all())


def sweeping(account_id: int, which: ColumnExpressionArgument[bool]) -> ReturningDelete[int]:
    """The statement that takes some of these entries out of a home, and gives them."""
    some = select(Entry.entry_id).where(Entry.account_id == account_id, which).limit(_ENTRIES_AT_ONCE)
    swept = delete(Entry).where(Entry.account_id == account_id, Entry.entry_id.in_(some)).returning(Entry.entry_id)
    return swept.execution_options(synchronize_session=False)
