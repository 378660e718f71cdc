"""The endpoint of what staff has done."""

from typing import Annotated

from fastapi import APIRouter, Query

from src.auth import audit, audit_schemas
from src.auth.constants import Permission
from src.auth.dependencies import GUARDED, Caller, requires
from src.database import ReadDep
from src.exceptions import InvalidInput, problems
from src.pagination import InvalidCursor, Page, PagingDep
from src.schemas import Id, Text

router = APIRouter(tags=["admin"])

Admin = Annotated[Caller, requires(Permission.ADMINISTER)]


@router.get("", summary="List what staff has done", responses=problems(*GUARDED, InvalidInput, InvalidCursor))
async def list_audit_entries(
    _caller: Admin,
    session: ReadDep,
    paging: PagingDep,
    actor_id: Annotated[Id | None, Query(description="Who did it.")] = None,
    subject: Annotated[Text | None, Query(max_length=50, description="To what kind of thing.")] = None,
    subject_id: Annotated[Id | None, Query(description="To which one.")] = None,
) -> Page[audit_schemas.AuditEntryRead]:
    """Roles given, accounts suspended and restored, posts of others removed, and the like; newest first."""
    found = await audit.page(session, actor_id=actor_id, subject=subject, subject_id=subject_id, paging=paging)
    return paging.page(found, [audit_schemas.AuditEntryRead.model_validate(row.AuditEntry) for row in found.rows])
