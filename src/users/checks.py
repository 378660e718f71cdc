"""What `hearth doctor` looks at: counters equal what they count, and whoever has an account has a profile."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, String, and_, func, or_, select

from src.auth import models as auth_models
from src.auth.constants import AccountState
from src.database import ReadSession
from src.media import models as media_models
from src.users import models
from src.users.constants import Place

Account = auth_models.Account
Profile = models.Profile
Follow = models.Follow

_MOST_LINES = 100


async def counters(session: ReadSession) -> Sequence[str]:
    """Profiles whose counters differ from the accepted follows."""
    number = func.count()
    followers = select(Follow.followee_id, number.label("n")).where(Follow.accepted).group_by(Follow.followee_id)
    following = select(Follow.follower_id, number.label("n")).where(Follow.accepted).group_by(Follow.follower_id)
    by_followee, by_follower = followers.subquery(), following.subquery()
    right_followers, right_following = func.coalesce(by_followee.c.n, 0), func.coalesce(by_follower.c.n, 0)
    statement = (
        select(
            Profile.account_id,
            Profile.followers_count,
            right_followers.label("right_followers"),
            Profile.following_count,
            right_following.label("right_following"),
        )
        .outerjoin(by_followee, by_followee.c.followee_id == Profile.account_id)
        .outerjoin(by_follower, by_follower.c.follower_id == Profile.account_id)
        .where(or_(Profile.followers_count != right_followers, Profile.following_count != right_following))
        .order_by(Profile.account_id)
        .limit(_MOST_LINES)
    )
    return [
        f"account {row.account_id}: {row.followers_count} followers counted, {row.right_followers} there; "
        f"{row.following_count} followed counted, {row.right_following} there"
        for row in await session.execute(statement)
    ]


async def profiles(session: ReadSession) -> Sequence[str]:
    """Accounts without a profile."""
    statement = (
        select(Account.id)
        .outerjoin(Profile, Profile.account_id == Account.id)
        .where(Profile.account_id.is_(None), Account.state != AccountState.DELETED)
        .order_by(Account.id)
        .limit(_MOST_LINES)
    )
    return [f"account {id_}: no profile" for id_ in await session.scalars(statement)]


async def bots(session: ReadSession) -> Sequence[str]:
    """Profiles that are shown as a program's and are none, or the other way round."""
    bot = auth_models.Bot
    statement = (
        select(Profile.account_id)
        .outerjoin(bot, bot.account_id == Profile.account_id)
        .where(Profile.is_bot != bot.account_id.is_not(None))
        .order_by(Profile.account_id)
        .limit(_MOST_LINES)
    )
    return [f"account {id_}: shown as a bot and none, or the reverse" for id_ in await session.scalars(statement)]


async def pictures(session: ReadSession) -> Sequence[str]:
    """Pictures on profiles that are not there, or of which another text is told than their own."""
    found: list[str] = []
    item = media_models.MediaItem
    for place in Place:
        shown = Profile.picture if place is Place.PICTURE else Profile.header
        hangs = and_(item.attached_kind == place.media_kind, item.attached_id == Profile.account_id)
        named = item.id == shown["media_id"].astext.cast(BigInteger)
        told = shown["alt_text"].astext.is_distinct_from(item.alt_text.cast(String))
        statement = (
            select(Profile.account_id)
            .outerjoin(item, and_(hangs, named))
            .where(shown.is_not(None), or_(item.id.is_(None), told))
            .order_by(Profile.account_id)
            .limit(_MOST_LINES)
        )
        found += [f"account {id_}: its {place} is not as it is told" for id_ in await session.scalars(statement)]
    return found
