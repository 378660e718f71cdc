"""How groups are written out."""

from typing import Any

from src.groups import models, schemas
from src.groups.constants import GroupRoleName
from src.models import instant_of
from src.users import queries as users_queries
from src.users import utils as users_utils


def member_read(row: Any) -> schemas.MemberRead:
    """A row of `queries.members`."""
    member: models.GroupMember = row.GroupMember
    return schemas.MemberRead(
        user=users_utils.author(*users_queries.person_of(row)), role=GroupRoleName.of(member.role), since=member.since
    )


def ban_read(row: Any) -> schemas.BanRead:
    """A row of `queries.bans`."""
    ban: models.GroupBan = row.GroupBan
    return schemas.BanRead(user=users_utils.author(*users_queries.person_of(row)), by_id=ban.by_id, at=ban.at)


def invite_read(invite: models.GroupInvite) -> schemas.InviteRead:
    """An invite, without its code."""
    return schemas.InviteRead(
        id=invite.id,
        created_by_id=invite.created_by_id,
        created_at=instant_of(invite.id),
        expires_at=invite.expires_at,
        max_uses=invite.max_uses,
        uses=invite.uses,
    )


def invite_created(invite: models.GroupInvite, code: str) -> schemas.GroupInviteCreated:
    """A new invite with its code."""
    return schemas.GroupInviteCreated(**dict(invite_read(invite)), code=code)


def invited_group_read(group: models.Group, name: str | None) -> schemas.InvitedGroupRead:
    """The group that somebody is invited to."""
    return schemas.InvitedGroupRead(id=group.id, kind=group.kind, name=name, members_count=group.members_count)
