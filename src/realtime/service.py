"""The epoch of all streams: a word that stays the same as long as the data go on from what clients have read.

A backup leaves it out, so what is restored has another one.
"""

import secrets

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from src.database import Database, HotRead
from src.realtime.models import StreamEpoch

_EPOCH = select(StreamEpoch.epoch)
_LOOK = HotRead(_EPOCH)


async def epoch(database: Database) -> str:
    """The present epoch; the first who asks begins it."""
    found = await _LOOK.fetch(database)
    if found:
        present: str = found[0]["epoch"]
        return present
    async with database.write() as session:
        begun = insert(StreamEpoch).values(is_the_one=True, epoch=secrets.token_urlsafe(9)).on_conflict_do_nothing()
        await session.execute(begun)
        return (await session.execute(_EPOCH)).scalar_one()
