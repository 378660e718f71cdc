"""Endpoints of invites: an admin makes them, and whoever has the code of one looks and joins."""

from http import HTTPStatus

from fastapi import APIRouter

from src.auth import dependencies as auth_dependencies
from src.database import ReadDep, WriteDep
from src.exceptions import InvalidInput, problems
from src.feature import RegistryDep
from src.groups import kinds, schemas, service_invites, utils
from src.groups.dependencies import AdministeredGroup, Code, InviteId, Reader, WritableGroup, Writer
from src.groups.exceptions import (
    BannedFromGroup,
    GroupIsFixed,
    GroupIsFull,
    GroupNotFound,
    InviteAlreadyOver,
    InviteNotFound,
    InviteNotValid,
    RoleTooLow,
    TooManyInvites,
)
from src.pagination import InvalidCursor, Page, PagingDep

router = APIRouter(tags=["groups"])
codes_router = APIRouter(tags=["groups"])

_SIGNED_IN = (*auth_dependencies.GUARDED, InvalidInput)
_AS_ADMIN = (*_SIGNED_IN, GroupNotFound, RoleTooLow)


@router.get("/{group_id}/invites", summary="List the invites to a group", responses=problems(*_AS_ADMIN, InvalidCursor))
async def list_invites(group: AdministeredGroup, session: ReadDep, paging: PagingDep) -> Page[schemas.InviteRead]:
    """For admins: those that are open, the newest first, without their codes."""
    found = await service_invites.page(session, group_id=group.group.id, paging=paging)
    return paging.page(found, [utils.invite_read(row.GroupInvite) for row in found.rows])


@router.post(
    "/{group_id}/invites",
    status_code=HTTPStatus.CREATED,
    summary="Invite people to a group",
    responses=problems(*_AS_ADMIN, GroupIsFixed, InviteAlreadyOver, TooManyInvites),
)
async def create_invite(
    group: WritableGroup, data: schemas.InviteCreate, session: WriteDep
) -> schemas.GroupInviteCreated:
    """As an admin. It ends when they are no admin any more.

    Its code is in this answer alone, and so takes no Idempotency-Key: an answer that is kept for a repetition would
    keep the code.
    """
    invite, code = await service_invites.create(
        session,
        group_id=group.group.id,
        by_id=group.account_id,
        expires_at=data.expires_at,
        max_uses=data.max_uses,
    )
    return utils.invite_created(invite, code)


@router.delete(
    "/{group_id}/invites/{invite_id}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Take an invite back",
    responses=problems(*_AS_ADMIN, GroupIsFixed, InviteNotFound),
)
async def revoke_invite(group: WritableGroup, invite_id: InviteId, session: WriteDep) -> None:
    """As an admin, whoever made it."""
    await service_invites.revoke(session, group_id=group.group.id, invite_id=invite_id, by_id=group.account_id)


@codes_router.get("/{code}", summary="Look where an invite leads", responses=problems(*_SIGNED_IN, InviteNotValid))
async def read_invite(_caller: Reader, code: Code, session: ReadDep, registry: RegistryDep) -> schemas.InvitedGroupRead:
    """The group, for whoever has the code."""
    group = await service_invites.look(session, code=code)
    return utils.invited_group_read(group, await kinds.name_of(registry, session, kind=group.kind, group_id=group.id))


@codes_router.post(
    "/{code}",
    summary="Join a group by an invite",
    responses=problems(*_SIGNED_IN, InviteNotValid, GroupNotFound, GroupIsFull, BannedFromGroup),
)
async def accept_invite(
    caller: Writer, code: Code, session: WriteDep, registry: RegistryDep
) -> schemas.InvitedGroupRead:
    """Whoever belongs to the group already uses none up."""
    group = await service_invites.accept(session, account_id=caller.account_id, code=code)
    return utils.invited_group_read(group, await kinds.name_of(registry, session, kind=group.kind, group_id=group.id))
