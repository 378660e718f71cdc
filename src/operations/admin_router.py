"""The endpoints of what operators see on the command line: status, storage and doctor."""

from http import HTTPStatus

from fastapi import APIRouter, Request

from src.auth import dependencies as auth_dependencies
from src.config import Settings, of
from src.database import ReadDep, WriteDep
from src.exceptions import problems
from src.feature import RegistryDep
from src.operations import examination, schemas, status, storage
from src.operations.constants import EXAMINING, WEIGHING
from src.operations.dependencies import Admin

router = APIRouter(tags=["admin"])


@router.get("/status", summary="Whether the work keeps up", responses=problems(*auth_dependencies.GUARDED))
async def read_status(_caller: Admin, request: Request, session: ReadDep, registry: RegistryDep) -> schemas.StatusRead:
    """What `hearth status` shows: how big this Hearth is, and what waits to be done."""
    return status.status_read(await status.read(session, registry), of(Settings), version=request.app.version)


@router.get(
    "/storage",
    summary="Where the bytes are",
    responses=problems(*auth_dependencies.GUARDED),
    dependencies=[auth_dependencies.limited(WEIGHING)],
)
async def read_storage(_caller: Admin, session: ReadDep, registry: RegistryDep) -> schemas.StorageRead:
    """The disk, the database, and each table in it."""
    return await storage.read(session, registry, of(Settings))


@router.post(
    "/doctor",
    status_code=HTTPStatus.ACCEPTED,
    summary="Have everything looked at",
    responses=problems(*auth_dependencies.GUARDED),
    dependencies=[auth_dependencies.limited(EXAMINING)],
)
async def examine(caller: Admin, session: WriteDep) -> schemas.ExaminationBegun:
    """What `hearth doctor` says, found by a task of the caller's, since a recount may take minutes."""
    return schemas.ExaminationBegun(task_id=await examination.begin(session, caller=caller))
