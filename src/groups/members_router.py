"""Endpoints of who belongs to a group and in which role."""

from http import HTTPStatus

from fastapi import APIRouter

from src.auth import dependencies as auth_dependencies
from src.database import ReadDep, WriteDep
from src.exceptions import InvalidInput, problems
from src.groups import queries, schemas, service, utils
from src.groups.dependencies import MemberId, ReadableGroup, WritableGroup
from src.groups.exceptions import (
    GroupIsFixed,
    GroupIsFull,
    GroupNotFound,
    MemberIsBanned,
    MemberIsBot,
    MemberNotFound,
    OwnerStays,
    RoleTooLow,
)
from src.pagination import InvalidCursor, Page, PagingDep
from src.users import exceptions as users_exceptions

router = APIRouter(tags=["groups"])

_IN_GROUP = (*auth_dependencies.GUARDED, InvalidInput, GroupNotFound)
_CHANGE = (*_IN_GROUP, GroupIsFixed, RoleTooLow)


@router.get("/{group_id}/members", summary="Who belongs to a group", responses=problems(*_IN_GROUP, InvalidCursor))
async def list_members(group: ReadableGroup, session: ReadDep, paging: PagingDep) -> Page[schemas.MemberRead]:
    """All members, those whom a block hides elsewhere too, by the age of their accounts."""
    found = await queries.members(session, group_id=group.group.id, paging=paging)
    return paging.page(found, [utils.member_read(row) for row in found.rows])


@router.put(
    "/{group_id}/members/{account_id}",
    summary="Add a person to a group",
    responses=problems(
        *_CHANGE, GroupIsFull, MemberIsBanned, users_exceptions.UserNotFound, users_exceptions.UserIsBlocked
    ),
)
async def add_member(group: WritableGroup, account_id: MemberId, session: WriteDep) -> schemas.MemberRead:
    """As an admin. Nobody is added by or to somebody between whom a block stands."""
    await service.add(session, group_id=group.group.id, account_id=account_id, by_id=group.account_id)
    return utils.member_read(await queries.member(session, group_id=group.group.id, account_id=account_id))


@router.patch(
    "/{group_id}/members/{account_id}",
    summary="Change the role of a member",
    responses=problems(*_CHANGE, MemberNotFound, OwnerStays),
)
async def change_member(
    group: WritableGroup, account_id: MemberId, data: schemas.MemberUpdate, session: WriteDep
) -> schemas.MemberRead:
    """As the owner, makes an admin of a member or a member of an admin."""
    group_id = group.group.id
    await service.set_role(
        session, group_id=group_id, account_id=account_id, role=data.role.rank, by_id=group.account_id
    )
    return utils.member_read(await queries.member(session, group_id=group_id, account_id=account_id))


@router.delete(
    "/{group_id}/members/{account_id}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Leave a group or send a member away",
    responses=problems(*_CHANGE),
)
async def remove_member(group: WritableGroup, account_id: MemberId, session: WriteDep) -> None:
    """Oneself, or as an admin somebody of a lower role. After an owner comes the oldest admin, or else member."""
    if account_id == group.account_id:
        await service.leave(session, group_id=group.group.id, account_id=account_id)
    else:
        await service.remove(session, group_id=group.group.id, account_id=account_id, by_id=group.account_id)


@router.post(
    "/{group_id}/transfer",
    summary="Hand a group over",
    responses=problems(*_CHANGE, MemberNotFound, MemberIsBot),
)
async def transfer_group(group: WritableGroup, data: schemas.Transfer, session: WriteDep) -> schemas.MemberRead:
    """As the owner, makes another member the owner and oneself an admin. A bot cannot be one."""
    group_id = group.group.id
    await service.transfer(session, group_id=group_id, account_id=data.account_id, by_id=group.account_id)
    return utils.member_read(await queries.member(session, group_id=group_id, account_id=data.account_id))
