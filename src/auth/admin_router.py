"""Endpoints of admins: roles and suspension."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path

from src.auth import administration, schemas
from src.auth.constants import Permission
from src.auth.dependencies import GUARDED, Caller, OriginDep, requires
from src.auth.exceptions import AccountNotFound, OwnAccount
from src.database import WriteDep
from src.exceptions import InvalidInput, problems
from src.schemas import Id

router = APIRouter(tags=["admin"])

Admin = Annotated[Caller, requires(Permission.ADMINISTER)]
AccountId = Annotated[Id, Path(description="The account's id.")]
_RESPONSES = problems(*GUARDED, AccountNotFound, OwnAccount, InvalidInput)


@router.put(
    "/{account_id}/role", status_code=HTTPStatus.NO_CONTENT, summary="Set an account's role", responses=_RESPONSES
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
