"""The statements that reads of people are made of."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Row, Select, and_, any_, bindparam, column, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, aliased

from src.auth import models as auth_models
from src.database import ReadSession
from src.users import models, visibility

Account = auth_models.Account
Profile = models.Profile
Follow = models.Follow


class Person(NamedTuple):
    """A profile with the name of its account."""

    profile: models.Profile
    username: str

    @property
    def id(self) -> int:
        """The account's id."""
        return self.profile.account_id


def people() -> Select[*tuple[Any, ...]]:
    """Everybody who has a profile; rows are for `person_of`."""
    return select(Profile, Account.username).join(Account, Account.id == Profile.account_id)


def person_of(row: Row[*tuple[Any, ...]]) -> Person:
    """A row of `people()`, whatever else it holds."""
    return Person(row[0], row[1])


def among(id_column: InstrumentedAttribute[int], ids: Collection[int]) -> ColumnElement[bool]:
    """Whether the column is one of these ids, as one parameter however many they are."""
    return id_column == any_(literal(list(ids), ARRAY(BigInteger)))


async def blocks_among(
    session: ReadSession, viewers: Collection[int], others: Collection[int]
) -> Mapping[int, Collection[int]]:
    """Those of the others between whom and a viewer a block stands, by viewer; what it costs grows with the blocks."""
    found: dict[int, set[int]] = {}
    blocker, blocked = models.Block.blocker_id, models.Block.blocked_id
    for viewer_id, other_id in ((blocker, blocked), (blocked, blocker)):
        pairs = select(viewer_id, other_id).where(among(viewer_id, viewers), among(other_id, others))
        for viewer, other in await session.execute(pairs):
            found.setdefault(viewer, set()).add(other)
    return found


def tied(viewer_id: int, account_id: visibility.AccountId) -> ColumnElement[bool]:
    """Whether there is something between the two that the viewer may end: a block, a mute, or either's following."""
    follow, mute = aliased(Follow), aliased(models.Mute)
    pair = or_(
        and_(follow.follower_id == viewer_id, follow.followee_id == account_id),
        and_(follow.follower_id == account_id, follow.followee_id == viewer_id),
    )
    muting = and_(mute.muter_id == viewer_id, mute.muted_id == account_id)
    return or_(
        visibility.blocks(viewer_id, account_id),
        select(func.count()).where(pair).correlate_except(follow).scalar_subquery() > 0,
        select(func.count()).where(muting).correlate_except(mute).scalar_subquery() > 0,
    )


def relationships(viewer_id: int) -> Select[*tuple[Any, ...]]:
    """What the viewer and each person of the parameter `account_ids` are to each other, in no order."""
    asked = func.unnest(bindparam("account_ids", type_=ARRAY(BigInteger)))
    people_asked = asked.table_valued(column("id", BigInteger), name="asked").render_derived()
    person = people_asked.c.id
    mine, theirs = aliased(Follow), aliased(Follow)
    block, mute = aliased(models.Block), aliased(models.Mute)
    return (
        select(
            person,
            func.coalesce(mine.accepted, False).label("following"),
            func.coalesce(~mine.accepted, False).label("requested"),
            func.coalesce(theirs.accepted, False).label("followed_by"),
            func.coalesce(~theirs.accepted, False).label("requested_by"),
            block.id.is_not(None).label("blocking"),
            mute.id.is_not(None).label("muting"),
            mute.until.label("muting_until"),
        )
        .select_from(people_asked)
        .outerjoin(mine, and_(mine.follower_id == viewer_id, mine.followee_id == person))
        .outerjoin(theirs, and_(theirs.follower_id == person, theirs.followee_id == viewer_id))
        .outerjoin(block, and_(block.blocker_id == viewer_id, block.blocked_id == person))
        .outerjoin(
            mute,
            and_(
                mute.muter_id == viewer_id,
                mute.muted_id == person,
                or_(mute.until.is_(None), mute.until > bindparam("now", type_=mute.until.type)),
            ),
        )
    )


async def is_open_to(session: ReadSession, viewer_id: int, account_id: int) -> bool:
    """Whether the viewer may read what this person publishes."""
    return bool((await session.execute(select(visibility.open_to(viewer_id, account_id)))).scalar_one())
