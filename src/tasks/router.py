"""The endpoints of tasks. Nothing is made here: a task begins with the request that needs it, which gives its id."""

from http import HTTPStatus

from fastapi import APIRouter

from src.auth import dependencies as auth_dependencies
from src.database import ReadDep, WriteDep
from src.exceptions import InvalidInput, problems
from src.pagination import InvalidCursor, Page, PagingDep
from src.tasks import exceptions, schemas, service
from src.tasks.dependencies import CancellableTask, ReadableTask, Reader

router = APIRouter(tags=["tasks"])


@router.get("", summary="List one's tasks", responses=problems(*auth_dependencies.GUARDED, InvalidInput, InvalidCursor))
async def list_tasks(session: ReadDep, caller: Reader, paging: PagingDep) -> Page[schemas.TaskRead]:
    """The caller's tasks of the last 30 days and those that are not over, the newest first."""
    found = await service.page(session, caller=caller, paging=paging)
    return paging.page(found, [schemas.TaskRead.model_validate(row.Task) for row in found.rows])


@router.get(
    "/{task_id}",
    summary="Look at a task",
    responses=problems(*auth_dependencies.GUARDED, InvalidInput, exceptions.TaskNotFound),
)
async def read_task(task: ReadableTask) -> schemas.TaskRead:
    """The task's state, how far it is, and what came of it."""
    return schemas.TaskRead.model_validate(task)


@router.post(
    "/{task_id}/cancel",
    status_code=HTTPStatus.ACCEPTED,
    summary="Cancel a task",
    responses=problems(*auth_dependencies.GUARDED, InvalidInput, exceptions.TaskNotFound, exceptions.TaskOver),
)
async def cancel_task(task: CancellableTask, session: WriteDep) -> schemas.TaskRead:
    """A queued task ends at once; a running one is asked to stop and soon does. What it has done stays done."""
    return schemas.TaskRead.model_validate(await service.cancel(session, task=task))
