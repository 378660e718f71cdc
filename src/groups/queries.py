"""The reads of groups. A member sees all who belong, also whom a block hides elsewhere: who listens is no secret."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, select

from src.database import ReadSession
from src.groups import models
from src.groups.constants import GroupRole
from src.pagination import Paging, Slice, paginate
from src.users import models as users_models
from src.users import queries as users_queries

Group, Member, Ban = models.Group, models.GroupMember, models.GroupBan
Profile = users_models.Profile


@dataclass(frozen=True)
class Sight:
    """A group as one of its members sees it."""

    group: models.Group
    account_id: int
    role: GroupRole


async def sight(session: ReadSession, *, group_id: int, account_id: int) -> Sight | None:
    """The group, if the account belongs to it."""
    belongs = and_(Member.group_id == Group.id, Member.account_id == account_id)
    statement = select(Group, Member.role).join(Member, belongs).where(Group.id == group_id)
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else Sight(row.Group, account_id, row.role)


async def members(session: ReadSession, *, group_id: int, paging: Paging) -> Slice[Any]:
    """Who belongs to the group, by id; rows are for `users.queries.person_of`, with `GroupMember`."""
    belongs = and_(Member.account_id == Profile.account_id, Member.group_id == group_id)
    statement = users_queries.people().add_columns(Member).join(Member, belongs)
    return await paginate(session, statement, key=Member.account_id, paging=paging, ascending=True)


async def member(session: ReadSession, *, group_id: int, account_id: int) -> Any:
    """One row of `members`, as it stands now."""
    belongs = and_(Member.account_id == Profile.account_id, Member.group_id == group_id)
    statement = users_queries.people().add_columns(Member).join(Member, belongs).where(Member.account_id == account_id)
    return (await session.execute(statement.execution_options(populate_existing=True))).one()


async def bans(session: ReadSession, *, group_id: int, paging: Paging) -> Slice[Any]:
    """Who is banned from the group, by id; rows are for `users.queries.person_of`, with `GroupBan`."""
    banned = and_(Ban.account_id == Profile.account_id, Ban.group_id == group_id)
    statement = users_queries.people().add_columns(Ban).join(Ban, banned)
    return await paginate(session, statement, key=Ban.account_id, paging=paging, ascending=True)
