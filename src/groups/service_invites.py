"""Invites: whoever has the code of one may join, until it runs out, is used up or its creator may not invite any more.

Codes are made and kept as those of the house's own invitations are: 80 random bits, of which the digest is stored.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, not_, or_, select, update

from src import clock
from src.auth import opaque as auth_opaque
from src.database import ReadSession, WriteSession
from src.groups import exceptions, models, service
from src.groups.constants import MAX_OPEN_INVITES, GroupRole
from src.models import id_at
from src.pagination import Paging, Slice, paginate
from src.users import visibility

Group, Invite = models.Group, models.GroupInvite


async def create(
    session: WriteSession, *, group_id: int, by_id: int, expires_at: datetime | None, max_uses: int | None
) -> tuple[models.GroupInvite, str]:
    """A new invite; with it comes the code that nobody sees again.

    Args:
        session: the unit of work.
        group_id: the group.
        by_id: the admin who invites.
        expires_at: when it ends; None: never.
        max_uses: how many may join by it; None: as many as there are places.

    Raises:
        InviteAlreadyOver: its end lies in the past.
        GroupNotFound: the admin does not belong to the group.
        GroupIsFixed: nobody can be invited.
        RoleTooLow: they are no admin.
        TooManyInvites: the group has as many open ones as it may have.
    """
    now = clock.now()
    if expires_at is not None and expires_at <= now:
        raise exceptions.InviteAlreadyOver
    await service.hold(session, group_id=group_id)
    await service.require(session, group_id=group_id, by_id=by_id, least=GroupRole.ADMIN)
    # Those that are over go here: there are never more than may be open.
    await session.execute(delete(Invite).where(Invite.group_id == group_id, not_(_open(now))))
    opened = select(func.count()).select_from(Invite).where(Invite.group_id == group_id)
    if (await session.scalar(opened) or 0) >= MAX_OPEN_INVITES:
        raise exceptions.TooManyInvites
    code = auth_opaque.new_invitation_code()
    invite = Invite(
        id=await session.scalar(select(id_at(now))),
        group_id=group_id,
        digest=auth_opaque.digest(code),
        created_by_id=by_id,
        expires_at=expires_at,
        max_uses=max_uses,
        uses=0,
    )
    session.add(invite)
    await session.flush()
    return invite, code


async def page(session: ReadSession, *, group_id: int, paging: Paging) -> Slice[Any]:
    """The group's open invites, newest first."""
    statement = select(Invite).where(Invite.group_id == group_id, _open(clock.now()))
    return await paginate(session, statement, key=Invite.id, paging=paging)


async def revoke(session: WriteSession, *, group_id: int, invite_id: int, by_id: int) -> None:
    """Takes an invite back.

    Raises:
        GroupNotFound: who takes it back does not belong to the group.
        GroupIsFixed: nobody was ever invited.
        RoleTooLow: they are no admin.
        InviteNotFound: the group has no such invite.
    """
    await service.hold(session, group_id=group_id)
    await service.require(session, group_id=group_id, by_id=by_id, least=GroupRole.ADMIN)
    revoked = delete(Invite).where(Invite.id == invite_id, Invite.group_id == group_id).returning(Invite.id)
    if (await session.scalars(revoked)).one_or_none() is None:
        raise exceptions.InviteNotFound


async def look(session: ReadSession, *, code: str) -> models.Group:
    """The group that somebody is invited to; whether they can join is told when they do.

    Raises:
        InviteNotValid: the code is not good.
    """
    statement = select(Group).join(Invite, Invite.group_id == Group.id).where(*_good(code))
    group = (await session.scalars(statement)).one_or_none()
    if group is None:
        raise exceptions.InviteNotValid
    return group


async def accept(session: WriteSession, *, account_id: int, code: str) -> models.Group:
    """Joins by an invite; whoever belongs to the group already uses none up.

    Raises:
        InviteNotValid: the code is not good, or its last use was somebody else's in this moment.
        GroupNotFound, GroupIsFull, BannedFromGroup: as `service.join`.
    """
    seen = await look(session, code=code)
    # From here on the invite is nobody else's to use or to take back.
    group = await service.hold(session, group_id=seen.id)
    if await service.enter(session, group, account_id=account_id, by_id=account_id):
        used = update(Invite).where(*_good(code)).values(uses=Invite.uses + 1).returning(Invite.id)
        if not (await session.scalars(used.execution_options(synchronize_session=False))).all():
            raise exceptions.InviteNotValid
    return group


def _good(code: str) -> Sequence[ColumnElement[bool]]:
    """That it is the open invite of this code, of somebody who can act; a demoted or departed one's is deleted.

    Raises:
        InviteNotValid: no code looks like that.
    """
    parsed = auth_opaque.parse_invitation_code(code)
    if parsed is None:
        raise exceptions.InviteNotValid
    is_it = Invite.digest == auth_opaque.digest(parsed)
    return is_it, _open(clock.now()), visibility.active(Invite.created_by_id)


def _open(now: datetime) -> ColumnElement[bool]:
    in_time = or_(Invite.expires_at.is_(None), Invite.expires_at > now)
    return in_time & or_(Invite.max_uses.is_(None), Invite.uses < Invite.max_uses)
