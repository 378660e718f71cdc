"""What routes of operations take."""

from typing import Annotated

from fastapi import Depends, Request

from src.auth import dependencies as auth_dependencies
from src.auth.constants import Permission as AuthPermission
from src.operations import readiness

Prober = Annotated[auth_dependencies.Caller, auth_dependencies.requires(AuthPermission.OPEN)]

Admin = Annotated[auth_dependencies.Caller, auth_dependencies.requires(AuthPermission.ADMINISTER)]


async def readiness_of(request: Request) -> readiness.Readiness:
    """What this process knows of its readiness."""
    found: readiness.Readiness = request.state.readiness
    return found


ReadinessDep = Annotated[readiness.Readiness, Depends(readiness_of)]
