"""The endpoints of what this server says of itself: for everybody to read, for admins to change."""

from fastapi import APIRouter, Request

from src.about import schemas as about_schemas
from src.about import service as about_service
from src.auth import dependencies as auth_dependencies
from src.database import ReadDep, WriteDep
from src.exceptions import InvalidInput, Unavailable, problems
from src.operations import schemas, server
from src.operations.dependencies import Admin, Prober

router = APIRouter(tags=["server"])


@router.get("/server", summary="What this server is", responses=problems(Unavailable))
async def read_server(_caller: Prober, request: Request, session: ReadDep) -> schemas.ServerRead:
    """Its name, rules and limits, and who may sign up; open to everybody, also where strangers may read nothing."""
    return await server.read(session, version=request.app.version)


@router.patch(
    "/admin/server",
    summary="Change what this server says of itself",
    responses=problems(*auth_dependencies.GUARDED, InvalidInput),
)
async def update_server(
    caller: Admin, data: about_schemas.ServerUpdate, session: WriteDep
) -> schemas.ServerSettingsRead:
    """Name, description, contact, rules, and who may sign up from now on; what is absent stays as it is."""
    return server.settings_read(await about_service.change(session, caller=caller, data=data))
