"""What a person takes along of their profile and relations, and how both are erased."""

from contextlib import suppress
from typing import Any

from sqlalchemy import Select, delete, func, or_, select, update

from src.auth import models as auth_models
from src.database import WriteSession
from src.feature import Statements
from src.models import Base
from src.users import models, queries, service_follows

Account = auth_models.Account
Profile = models.Profile
Follow = models.Follow
Block = models.Block
Mute = models.Mute


class _SomebodyCame(Exception):  # no error: the way back to before the locks
    """A follow was written between the look and the locks."""


def export(account_id: int) -> Statements:
    """The account's rows by table, with the username of whom each is about. Who blocks or mutes them is not told."""
    other_follower = Follow.followee_id == account_id
    return {
        "profiles": select(Profile.__table__).where(Profile.account_id == account_id),
        "following": _named(Follow, Follow.followee_id).where(Follow.follower_id == account_id),
        "followers": _named(Follow, Follow.follower_id).where(other_follower, Follow.accepted),
        "follow_requests": _named(Follow, Follow.follower_id).where(other_follower, ~Follow.accepted),
        "blocks": _named(Block, Block.blocked_id).where(Block.blocker_id == account_id),
        "mutes": _named(Mute, Mute.muted_id).where(Mute.muter_id == account_id),
    }


async def erase(session: WriteSession, account_id: int) -> None:
    """Deletes the profile and all relations, those that others have to this account too, with exact counters."""
    await _lock_all_involved(session, account_id)
    ended = delete(Follow).where(or_(Follow.follower_id == account_id, Follow.followee_id == account_id))
    counted = [row for row in await session.execute(ended.returning(Follow)) if row[0].accepted]
    followers = [follow.follower_id for (follow,) in counted if follow.followee_id == account_id]
    followees = [follow.followee_id for (follow,) in counted if follow.follower_id == account_id]
    fewer_following = {"following_count": func.greatest(Profile.following_count - 1, 0)}
    fewer_followers = {"followers_count": func.greatest(Profile.followers_count - 1, 0)}
    await session.execute(update(Profile).where(queries.among(Profile.account_id, followers)).values(fewer_following))
    await session.execute(update(Profile).where(queries.among(Profile.account_id, followees)).values(fewer_followers))
    await session.execute(delete(Block).where(or_(Block.blocker_id == account_id, Block.blocked_id == account_id)))
    await session.execute(delete(Mute).where(or_(Mute.muter_id == account_id, Mute.muted_id == account_id)))
    await session.execute(delete(Profile).where(Profile.account_id == account_id))


async def _lock_all_involved(session: WriteSession, account_id: int) -> None:
    """Locks the profile and those of all whom its follows concern; from here on nobody adds one."""
    while True:
        # Who came while it waited may stand before the others in the order, so all locks are given back for them.
        with suppress(_SomebodyCame):
            async with session.begin_nested():
                known = await _involved(session, account_id)
                await service_follows.lock(session, known)
                if await _involved(session, account_id) <= known:
                    return
                raise _SomebodyCame


async def _involved(session: WriteSession, account_id: int) -> set[int]:
    pairs = select(Follow.follower_id, Follow.followee_id).where(
        or_(Follow.follower_id == account_id, Follow.followee_id == account_id)
    )
    return {account_id, *(id_ for pair in await session.execute(pairs) for id_ in pair)}


def _named(model: type[Base], other_id: Any) -> Select[*tuple[Any, ...]]:
    """The rows of a relation with the name of the other person, oldest first."""
    table = model.__table__
    return select(table, Account.username).join_from(table, Account, Account.id == other_id).order_by(table.c.id)
