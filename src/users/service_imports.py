"""Follows from before or from elsewhere: many at once, with their own dates, and without a word to anybody.

Nothing is announced. Who keeps something that follows from them, such as homes, is told by whoever brings them here.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.dialects.postgresql import insert

from src.database import WriteSession
from src.models import id_at
from src.users import models, service_follows

Follow = models.Follow


class OldFollow(NamedTuple):
    """Who follows whom since when, or has asked to and waits to be accepted."""

    follower_id: int
    followee_id: int
    at: datetime
    accepted: bool


async def add_old_follows(session: WriteSession, follows: Sequence[OldFollow]) -> int:
    """Writes the follows that are not there yet, with exact counters; how many they were.

    Those of people who have been erased in the meantime are left out.
    """
    there = await service_follows.lock(session, {id_ for one in follows for id_ in one[:2]})
    rows = [
        {"id": id_at(at), "follower_id": follower_id, "followee_id": followee_id, "accepted": accepted}
        for follower_id, followee_id, at, accepted in follows
        if follower_id in there and followee_id in there
    ]
    if not rows:
        return 0
    statement = insert(Follow).values(rows).on_conflict_do_nothing()
    added = (await session.execute(statement.returning(Follow.followee_id, Follow.follower_id, Follow.accepted))).all()
    followers: dict[int, list[int]] = defaultdict(list)
    for followee_id, follower_id, accepted in added:
        if accepted:
            followers[followee_id].append(follower_id)
    for followee_id, follower_ids in followers.items():
        await service_follows.count(session, followee_id=followee_id, follower_ids=follower_ids, by=1)
    return len(added)
