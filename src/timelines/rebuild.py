"""Homes made anew from posts, reposts and follows: the proof that entries are derived, and their repair."""

from sqlalchemy import delete, select

from src.auth import models as auth_models
from src.database import Database
from src.timelines import fan_out, models

_BATCH = 100


async def rebuild_all(database: Database) -> int:
    """Throws every home away and fills it again, a hundred accounts a transaction; how many it were."""
    done = last = 0
    account = auth_models.Account.id
    while True:
        async with database.write() as session:
            batch = select(account).where(account > last).order_by(account).limit(_BATCH)
            account_ids = (await session.execute(batch)).scalars().all()
            await session.execute(delete(models.Entry).where(models.Entry.account_id.in_(account_ids)))
            await session.execute(delete(models.Horizon).where(models.Horizon.account_id.in_(account_ids)))
            for account_id in account_ids:
                await fan_out.fill(session, account_id=account_id)
        if not account_ids:
            return done
        done += len(account_ids)
        last = account_ids[-1]
