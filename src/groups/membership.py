"""Who belongs to a group, for the statements and rules of those who found groups."""

from sqlalchemy import ColumnElement, literal_column, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from src.database import ReadSession
from src.groups import models
from src.groups.constants import GroupRole
from src.models import there_is
from src.users import visibility

GroupId = int | ColumnElement[int] | InstrumentedAttribute[int] | InstrumentedAttribute[int | None]


def is_member(group_id: GroupId, account_id: visibility.AccountId) -> ColumnElement[bool]:
    """Whether the account (0: a stranger) belongs to the group; never NULL, one look-up of a key for each row."""
    member = aliased(models.GroupMember)
    return there_is(member, member.group_id == group_id, member.account_id == account_id)


def has_role(group_id: GroupId, account_id: visibility.AccountId, least: GroupRole) -> ColumnElement[bool]:
    """Whether the account belongs to the group with this role or a higher one; never NULL, as `is_member`."""
    member = aliased(models.GroupMember)
    return there_is(
        member,
        member.group_id == group_id,
        member.account_id == account_id,
        member.role >= literal_column(str(int(least))),
    )


async def role_of(session: ReadSession, group_id: int, account_id: int) -> GroupRole | None:
    """What the account may do in the group; None if it does not belong to it."""
    member = models.GroupMember
    statement = select(member.role).where(member.group_id == group_id, member.account_id == account_id)
    return (await session.scalars(statement)).one_or_none()
