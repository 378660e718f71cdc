"""The endpoints that balancers and containers ask; open to everybody, also where strangers may read nothing."""

from fastapi import APIRouter

from src.exceptions import problems
from src.operations import exceptions, schemas
from src.operations.dependencies import Prober, ReadinessDep

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live", summary="Whether the process lives")
async def read_live(_caller: Prober) -> schemas.HealthRead:
    """Answers without a look at anything else: if this fails, restart the process."""
    return schemas.HealthRead(status="live")


@router.get(
    "/ready",
    summary="Whether the process should get requests",
    responses=problems(exceptions.Draining, exceptions.DatabaseUnreachable, exceptions.SchemaBehind),
)
async def read_ready(_caller: Prober, readiness: ReadinessDep) -> schemas.HealthRead:
    """Looks at the database, at most once a second: if this fails, send requests elsewhere for a while."""
    await readiness.check()
    return schemas.HealthRead(status="ready")
