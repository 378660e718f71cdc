"""The homes of posts that were brought along: filled once they are all there, for nobody was told of them."""

from collections.abc import Sequence

from sqlalchemy import select

from src.database import ReadSession
from src.restoring import Arrival, Work
from src.timelines import fan_out
from src.users import models as users_models

STEP = "homes"
_AT_ONCE = 20


async def finish(work: Work, arrival: Arrival) -> None:
    """Does it for an account that has come back."""
    await fill_homes(work, arrival.account_id)


async def fill_homes(work: Work, account_id: int) -> None:
    """The account's own home and those of all who follow it by now, also after an import that found nothing new.

    It may be that the one before was stopped at this very step.
    """
    async with work.write() as session:
        await fan_out.catch_up(session, account_ids=[account_id], followee_id=account_id)
        total = 1 + await _count_followers(session, account_id)
    done, last = 1, 0
    while True:
        await work.progress(STEP, done, max(done, total))
        async with work.write() as session:
            readers = await _followers_after(session, account_id, last)
            await fan_out.catch_up(session, account_ids=readers, followee_id=account_id)
        if not readers:
            return
        done, last = done + len(readers), readers[-1]


async def _count_followers(session: ReadSession, account_id: int) -> int:
    profile = users_models.Profile
    return await session.scalar(select(profile.followers_count).where(profile.account_id == account_id)) or 0


async def _followers_after(session: ReadSession, account_id: int, last: int) -> Sequence[int]:
    """Some followers with larger ids than `last`, in the order of their ids."""
    follow = users_models.Follow
    statement = (
        select(follow.follower_id)
        .where(follow.followee_id == account_id, follow.accepted, follow.follower_id > last)
        .order_by(follow.follower_id)
        .limit(_AT_ONCE)
    )
    return (await session.scalars(statement)).all()
