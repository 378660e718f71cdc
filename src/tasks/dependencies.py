"""What the endpoints of tasks ask for: a caller who is permitted, and a task of the caller's own."""

from typing import Annotated

from fastapi import Depends, Path

from src.auth import callers as auth_callers
from src.auth import dependencies as auth_dependencies
from src.database import ReadDep
from src.schemas import Id
from src.tasks import exceptions, service
from src.tasks.constants import Permission
from src.tasks.models import Task

TaskId = Annotated[Id, Path(description="The task's id.")]
Reader = Annotated[auth_callers.Caller, auth_dependencies.requires(Permission.READ)]
Canceller = Annotated[auth_callers.Caller, auth_dependencies.requires(Permission.CANCEL)]


async def _own(session: ReadDep, caller: auth_callers.Caller, task_id: int) -> Task:
    found = await service.find(session, caller=caller, task_id=task_id)
    if found is None:
        raise exceptions.TaskNotFound
    return found


async def readable_task(session: ReadDep, caller: Reader, task_id: TaskId) -> Task:
    """The task of the path, which is the caller's.

    Raises:
        TaskNotFound: it does not exist, or is somebody else's.
    """
    return await _own(session, caller, task_id)


async def cancellable_task(session: ReadDep, caller: Canceller, task_id: TaskId) -> Task:
    """The same, for who may cancel.

    Raises:
        TaskNotFound: it does not exist, or is somebody else's.
    """
    return await _own(session, caller, task_id)


ReadableTask = Annotated[Task, Depends(readable_task)]
CancellableTask = Annotated[Task, Depends(cancellable_task)]
