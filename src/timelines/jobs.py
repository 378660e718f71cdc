"""Time-driven work of timelines: homes are kept short."""

from sqlalchemy import delete, func, select

from src.auth import models as auth_models
from src.database import Database, WriteSession
from src.posts import models as posts_models
from src.timelines import fan_out, models
from src.timelines.constants import KEPT_ENTRIES

# Trimming starts a little late, so that it is not done for every single entry.
_SLACK = 200
_BATCH = 1_000

Entry = models.Entry


async def trim(database: Database) -> None:
    """Cuts homes that have grown too long; what is cut off is read from the posts themselves from then on."""
    last = 0
    account = auth_models.Account.id
    while True:
        async with database.write() as session:
            batch = select(account).where(account > last).order_by(account).limit(_BATCH)
            account_ids = (await session.execute(batch)).scalars().all()
            counted = (
                select(Entry.account_id)
                .where(Entry.account_id.in_(account_ids))
                .group_by(Entry.account_id)
                .having(func.count() > KEPT_ENTRIES + _SLACK)
            )
            for account_id in (await session.execute(counted)).scalars().all():
                await trim_one(session, account_id)
        if not account_ids:
            return
        last = account_ids[-1]


async def trim_one(session: WriteSession, account_id: int) -> None:
    """Leaves one home its newest entries and drops those whose post is gone."""
    posts = select(posts_models.Post.id)
    gone = delete(Entry).where(Entry.account_id == account_id, Entry.post_id.not_in(posts))
    await session.execute(gone.execution_options(synchronize_session=False))
    cut = (
        select(Entry.entry_id)
        .where(Entry.account_id == account_id)
        .order_by(Entry.entry_id.desc())
        .offset(KEPT_ENTRIES)
        .limit(1)
    )
    highest = await session.scalar(cut)
    if highest is not None:
        await fan_out.raise_horizon(session, account_id, highest)
        await session.execute(delete(Entry).where(Entry.account_id == account_id, Entry.entry_id <= highest))
