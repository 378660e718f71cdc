"""Endpoints of leaving."""

from http import HTTPStatus

from fastapi import APIRouter

from src.archives import schemas, service
from src.archives.exceptions import DeletionNotAsked, LastAdmin
from src.auth import dependencies as auth_dependencies
from src.database import ReadDep, WriteDep
from src.exceptions import problems

router = APIRouter(tags=["account"])


@router.post(
    "/deletion",
    status_code=HTTPStatus.ACCEPTED,
    summary="Delete one's account",
    responses=problems(*auth_dependencies.SENSITIVE, LastAdmin),
)
async def ask_for_deletion(
    caller: auth_dependencies.Reauthenticated, session: WriteDep, origin: auth_dependencies.OriginDep
) -> schemas.DeletionRead:
    """In seven days the account is erased with all that it holds. Until then it is signed out everywhere.

    Who signs in again can take it back.
    """
    return schemas.DeletionRead.model_validate(await service.ask(session, caller=caller, origin=origin))


@router.get(
    "/deletion",
    summary="Read when one's account will be deleted",
    responses=problems(*auth_dependencies.GUARDED, DeletionNotAsked),
)
async def read_deletion(caller: auth_dependencies.Holder, session: ReadDep) -> schemas.DeletionRead:
    """When it was asked for, and until when it can be taken back."""
    return schemas.DeletionRead.model_validate(await service.find(session, caller=caller))


@router.delete(
    "/deletion",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Keep one's account after all",
    responses=problems(*auth_dependencies.GUARDED, DeletionNotAsked),
)
async def withdraw_deletion(
    caller: auth_dependencies.Holder, session: WriteDep, origin: auth_dependencies.OriginDep
) -> None:
    """Takes back what was asked for."""
    await service.withdraw(session, caller=caller, origin=origin)
