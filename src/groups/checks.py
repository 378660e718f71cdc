"""What `hearth doctor` looks at: groups have as many members as they say, and one owner each."""

from collections.abc import Sequence

from sqlalchemy import and_, func, or_, select

from src.database import ReadSession
from src.groups import models
from src.groups.constants import GroupRole

Group, Member = models.Group, models.GroupMember

_MOST_LINES = 100


async def members(session: ReadSession) -> Sequence[str]:
    """Groups whose counter differs from their members, or whose owners are not one; in a fixed one nobody is more."""
    right, more = func.count(Member.account_id), func.max(Member.role)
    highest = and_(right > 0, or_(and_(Group.is_fixed, more != 1), and_(~Group.is_fixed, more != int(GroupRole.OWNER))))
    statement = (
        select(Group.id, Group.members_count, right.label("right"), highest.label("highest"))
        .outerjoin(Member, Member.group_id == Group.id)
        .group_by(Group.id)
        .having(or_(Group.members_count != right, highest))
        .order_by(Group.id)
        .limit(_MOST_LINES)
    )
    found = []
    for row in await session.execute(statement):
        if row.members_count != row.right:
            found.append(f"group {row.id}: {row.members_count} members counted, {row.right} there")
        if row.highest:
            found.append(f"group {row.id}: its members have the wrong owner, or none")
    return found
