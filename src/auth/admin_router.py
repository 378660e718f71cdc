"""Endpoints of admins: accounts, their roles and suspension."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query

from src.auth import account_list, administration, audit_schemas, schemas, utils
from src.auth.constants import AccountState, Permission, Role
from src.auth.dependencies import GUARDED, Caller, OriginDep, requires
from src.auth.exceptions import AccountIsBot, AccountNotFound, OwnAccount
from src.database import ReadDep, WriteDep
from src.exceptions import InvalidInput, problems
from src.pagination import InvalidCursor, Page, PagingDep
from src.schemas import Id, Text

router = APIRouter(tags=["admin"])

Admin = Annotated[Caller, requires(Permission.ADMINISTER)]
AccountId = Annotated[Id, Path(description="The account's id.")]
_RESPONSES = problems(*GUARDED, AccountNotFound, OwnAccount, InvalidInput)


@router.get("", summary="List accounts", responses=problems(*GUARDED, InvalidInput, InvalidCursor))
async def list_accounts(
    _caller: Admin,
    session: ReadDep,
    paging: PagingDep,
    beginning: Annotated[Text | None, Query(max_length=254, description="Of the username or the address.")] = None,
    state: Annotated[AccountState | None, Query(description="Whether it may act.")] = None,
    role: Annotated[Role | None, Query(description="What it may do.")] = None,
) -> Page[audit_schemas.AccountAdministered]:
    """All accounts, or those that were asked for; newest first."""
    found = await account_list.page(session, beginning=beginning, state=state, role=role, paging=paging)
    return paging.page(found, [utils.account_administered(row) for row in found.rows])


@router.get("/{account_id}", summary="Read an account", responses=problems(*GUARDED, AccountNotFound, InvalidInput))
async def read_account(_caller: Admin, account_id: AccountId, session: ReadDep) -> audit_schemas.AccountAdministered:
    """What admins may know of an account."""
    return utils.account_administered(await account_list.find(session, account_id=account_id))


@router.put(
    "/{account_id}/role",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Set an account's role",
    responses=problems(*GUARDED, AccountNotFound, OwnAccount, AccountIsBot, InvalidInput),
)
async def set_role(
    caller: Admin, account_id: AccountId, data: schemas.RoleChange, session: WriteDep, origin: OriginDep
) -> None:
    """Gives an account a role and signs it out: its tokens and keys were made for the old one."""
    await administration.set_role(session, caller=caller, account_id=account_id, role=data.role.rank, origin=origin)


@router.put(
    "/{account_id}/suspension", status_code=HTTPStatus.NO_CONTENT, summary="Suspend an account", responses=_RESPONSES
)
async def suspend(caller: Admin, account_id: AccountId, session: WriteDep, origin: OriginDep) -> None:
    """Keeps an account from acting and signs it out at once."""
    await administration.suspend(session, caller=caller, account_id=account_id, origin=origin)


@router.delete(
    "/{account_id}/suspension", status_code=HTTPStatus.NO_CONTENT, summary="Restore an account", responses=_RESPONSES
)
async def restore(caller: Admin, account_id: AccountId, session: WriteDep, origin: OriginDep) -> None:
    """Lets a suspended account act again; its owner signs in anew."""
    await administration.restore(session, caller=caller, account_id=account_id, origin=origin)


@router.delete(
    "/{account_id}/sessions", status_code=HTTPStatus.NO_CONTENT, summary="Sign an account out", responses=_RESPONSES
)
async def end_sessions(caller: Admin, account_id: AccountId, session: WriteDep, origin: OriginDep) -> None:
    """Ends all sessions and API keys of an account."""
    await administration.end_sessions(session, caller=caller, account_id=account_id, origin=origin)


@router.delete(
    "/{account_id}/second-factor",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Take an account's second factor away",
    responses=_RESPONSES,
)
async def take_second_factor(caller: Admin, account_id: AccountId, session: WriteDep, origin: OriginDep) -> None:
    """For somebody who has lost authenticator and recovery codes; make sure that it is them. It signs them out."""
    await administration.take_second_factor(session, caller=caller, account_id=account_id, origin=origin)
