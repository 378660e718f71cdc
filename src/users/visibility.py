"""Who sees whom: the only block, mute, private and suspended expressions of the house.

Each function gives a boolean expression for any statement; `account_id` is the column (or a value) of the person who
is looked at, `viewer_id` of the one who looks (0: a stranger), as a value, a column or a `bindparam`. They are never
NULL, so `~` negates them; `there_is` says why they are written as they are.
"""

from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, and_, literal, literal_column, or_
from sqlalchemy.orm import InstrumentedAttribute, aliased

from src.auth import models as auth_models
from src.auth.constants import AccountState
from src.models import there_is
from src.users import models

AccountId = int | ColumnElement[int] | InstrumentedAttribute[int] | InstrumentedAttribute[int | None]
Instant = datetime | ColumnElement[datetime]


def active(account_id: AccountId) -> ColumnElement[bool]:
    """Whether the account is there: neither suspended nor deleted."""
    account = aliased(auth_models.Account)
    return there_is(account, account.id == account_id, account.state == literal_column(f"'{AccountState.ACTIVE}'"))


def blocks(blocker_id: AccountId, blocked_id: AccountId) -> ColumnElement[bool]:
    """Whether the first has blocked the second."""
    block = aliased(models.Block)
    return there_is(block, block.blocker_id == blocker_id, block.blocked_id == blocked_id)


def blocked_between(viewer_id: AccountId, account_id: AccountId) -> ColumnElement[bool]:
    """Whether one of the two has blocked the other."""
    return or_(blocks(viewer_id, account_id), blocks(account_id, viewer_id))


def muted(viewer_id: AccountId, account_id: AccountId, now: Instant) -> ColumnElement[bool]:
    """Whether the viewer does not want to read this person at present."""
    mute = aliased(models.Mute)
    return there_is(
        mute, mute.muter_id == viewer_id, mute.muted_id == account_id, or_(mute.until.is_(None), mute.until > now)
    )


def follows(viewer_id: AccountId, account_id: AccountId) -> ColumnElement[bool]:
    """Whether the viewer follows this person; a request that waits to be accepted does not count."""
    follow = aliased(models.Follow)
    return there_is(follow, follow.follower_id == viewer_id, follow.followee_id == account_id, follow.accepted)


def open_to(viewer_id: AccountId, account_id: AccountId) -> ColumnElement[bool]:
    """Whether the viewer may read what this person publishes: public profile, accepted follower, or oneself."""
    profile = aliased(models.Profile)
    public = there_is(profile, profile.account_id == account_id, ~profile.private)
    return or_(_same(viewer_id, account_id), public, follows(viewer_id, account_id))


def account_visible_to(viewer_id: AccountId, account_id: AccountId) -> ColumnElement[bool]:
    """Whether the two can see each other's writing at all: the account is active and no block stands between them."""
    return and_(active(account_id), ~blocked_between(viewer_id, account_id))


def found_by(viewer_id: AccountId, account_id: AccountId) -> ColumnElement[bool]:
    """Whether the viewer comes upon the account among all: as `account_visible_to`, and it is no part of a thing."""
    bot = aliased(auth_models.Bot)
    is_part = there_is(bot, bot.account_id == account_id, bot.owner_id.is_(None))
    return and_(account_visible_to(viewer_id, account_id), ~is_part)


def profile_visible_to(viewer_id: AccountId, account_id: AccountId) -> ColumnElement[bool]:
    """Whether the viewer may look this person up: who blocks somebody still finds them, to take it back."""
    return and_(active(account_id), ~blocks(account_id, viewer_id))


def _same(viewer_id: AccountId, account_id: AccountId) -> ColumnElement[bool]:
    # Typed, so that a driver does not take a plain number or an untyped parameter for a 32-bit one.
    return (literal(account_id, BigInteger) if isinstance(account_id, int) else account_id) == viewer_id
