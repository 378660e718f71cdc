"""Endpoints of one's own sessions."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path

from src.auth import schemas, sessions, utils
from src.auth.dependencies import GUARDED, Holder, OriginDep
from src.auth.exceptions import SessionNotFound
from src.database import ReadDep, WriteDep
from src.exceptions import InvalidInput, problems
from src.pagination import Page, PagingDep
from src.schemas import Id

router = APIRouter(tags=["sessions"])


@router.get("", summary="List one's sessions", responses=problems(*GUARDED, InvalidInput))
async def list_sessions(caller: Holder, session: ReadDep, paging: PagingDep) -> Page[schemas.SessionRead]:
    """The devices that are signed in, newest first."""
    rows = await sessions.list_live(session, account_id=caller.account_id, paging=paging)
    return paging.page(rows, [utils.session_read(row[0], caller) for row in rows.rows])


@router.delete("", status_code=HTTPStatus.NO_CONTENT, summary="End all other sessions", responses=problems(*GUARDED))
async def end_others(caller: Holder, session: WriteDep, origin: OriginDep) -> None:
    """Signs out everywhere but here."""
    await sessions.end_others(session, caller=caller, origin=origin)


@router.delete(
    "/{session_id}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="End a session",
    responses=problems(*GUARDED, SessionNotFound, InvalidInput),
)
async def end_session(
    caller: Holder,
    session: WriteDep,
    origin: OriginDep,
    session_id: Annotated[Id, Path(description="The session's id.")],
) -> None:
    """Signs out a device: its tokens are refused from now on."""
    await sessions.end_one(session, caller=caller, session_id=session_id, origin=origin)
