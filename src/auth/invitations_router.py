"""Endpoints of invitations."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path

from src.auth import invitations, schemas, utils
from src.auth.constants import Permission
from src.auth.dependencies import GUARDED, Caller, requires
from src.auth.exceptions import InvitationNotFound, TooManyInvitations
from src.database import ReadDep, WriteDep
from src.exceptions import InvalidInput, problems
from src.pagination import Page, PagingDep
from src.schemas import Id

router = APIRouter(tags=["invitations"])

Inviter = Annotated[Caller, requires(Permission.INVITE)]


@router.get("", summary="List invitations", responses=problems(*GUARDED, InvalidInput))
async def list_invitations(caller: Inviter, session: ReadDep, paging: PagingDep) -> Page[schemas.InvitationRead]:
    """One's own invitations, used and expired ones too, newest first; admins see everybody's."""
    rows = await invitations.list_of(session, caller=caller, paging=paging)
    return paging.page(rows, [schemas.InvitationRead.model_validate(row[0]) for row in rows.rows])


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    summary="Invite somebody",
    responses=problems(*GUARDED, InvalidInput, TooManyInvitations),
)
async def create_invitation(
    caller: Inviter, data: schemas.InvitationCreate, session: WriteDep
) -> schemas.InvitationCreated:
    """Makes an invitation for one person.

    Its code is in this answer alone, and so takes no Idempotency-Key: an answer that is kept for a repetition would
    keep the code.
    """
    row, code = await invitations.create(session, caller=caller, data=data)
    return utils.invitation_created(row, code)


@router.delete(
    "/{invitation_id}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Withdraw an invitation",
    responses=problems(*GUARDED, InvitationNotFound, InvalidInput),
)
async def withdraw_invitation(
    caller: Inviter, session: WriteDep, invitation_id: Annotated[Id, Path(description="The invitation's id.")]
) -> None:
    """Takes back an invitation that nobody has used."""
    await invitations.withdraw(session, caller=caller, invitation_id=invitation_id)
