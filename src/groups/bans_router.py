"""Endpoints of who must not come to a group."""

from http import HTTPStatus

from fastapi import APIRouter

from src.auth import dependencies as auth_dependencies
from src.database import ReadDep, WriteDep
from src.exceptions import InvalidInput, problems
from src.groups import queries, schemas, service, utils
from src.groups.dependencies import AdministeredGroup, MemberId, WritableGroup
from src.groups.exceptions import GroupIsFixed, GroupNotFound, RoleTooLow
from src.pagination import InvalidCursor, Page, PagingDep
from src.users import exceptions as users_exceptions

router = APIRouter(tags=["groups"])

_AS_ADMIN = (*auth_dependencies.GUARDED, InvalidInput, GroupNotFound, RoleTooLow)


@router.get("/{group_id}/bans", summary="Who is banned from a group", responses=problems(*_AS_ADMIN, InvalidCursor))
async def list_bans(group: AdministeredGroup, session: ReadDep, paging: PagingDep) -> Page[schemas.BanRead]:
    """For admins, by the age of the accounts."""
    found = await queries.bans(session, group_id=group.group.id, paging=paging)
    return paging.page(found, [utils.ban_read(row) for row in found.rows])


@router.put(
    "/{group_id}/bans/{account_id}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Ban a person from a group",
    responses=problems(*_AS_ADMIN, GroupIsFixed, users_exceptions.UserNotFound),
)
async def ban_member(group: WritableGroup, account_id: MemberId, session: WriteDep) -> None:
    """As an admin, sends somebody of a lower role away, and keeps out whoever it is until that is taken back."""
    await service.ban(session, group_id=group.group.id, account_id=account_id, by_id=group.account_id)


@router.delete(
    "/{group_id}/bans/{account_id}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Take a ban back",
    responses=problems(*_AS_ADMIN, GroupIsFixed),
)
async def unban_member(group: WritableGroup, account_id: MemberId, session: WriteDep) -> None:
    """As an admin, lets somebody join again."""
    await service.unban(session, group_id=group.group.id, account_id=account_id, by_id=group.account_id)
