"""Queue a task, look at one's own, ask one to stop."""

from pydantic import BaseModel
from sqlalchemy import Row, case, func, select, update
from sqlalchemy.dialects.postgresql import insert

from src import clock, pagination
from src.auth import callers as auth_callers
from src.database import ReadSession, WriteSession
from src.tasks import dispatch, exceptions
from src.tasks.constants import UNFINISHED, State
from src.tasks.models import Task


async def enqueue(
    session: WriteSession, *, kind: str, payload: BaseModel, owner_id: int | None, key: str | None = None
) -> int:
    """Queues a task; it runs once the session is committed.

    Args:
        session: the unit of work that wants it done.
        kind: the name of a registered `TaskKind`.
        payload: what its `run` gets; ids rather than contents.
        owner_id: the account that may watch and cancel it, None for the server itself.
        key: the same kind and key again is the same task, over or not.

    Returns:
        The task's id.
    """
    now = clock.now()
    made = await session.execute(
        insert(Task)
        .values(
            owner_id=owner_id,
            kind=kind,
            key=key,
            payload=payload.model_dump(mode="json"),
            state=State.QUEUED,
            done=0,
            attempts=0,
            turn=0,
            due_at=now,
            created_at=now,
        )
        .on_conflict_do_nothing()
        .returning(Task.id)
    )
    task_id = made.scalar_one_or_none()
    if task_id is None:
        same = select(Task.id).where(Task.kind == kind, Task.key == key)
        return (await session.execute(same)).scalar_one()
    dispatch.note(session, task_id)
    return task_id


async def find(session: ReadSession, *, caller: auth_callers.Caller, task_id: int) -> Task | None:
    """The task, if it is the caller's."""
    return (
        await session.execute(select(Task).where(Task.id == task_id, Task.owner_id == caller.account_id))
    ).scalar_one_or_none()


async def page(
    session: ReadSession, *, caller: auth_callers.Caller, paging: pagination.Paging
) -> pagination.Slice[Row[tuple[Task]]]:
    """The caller's tasks, the newest first."""
    own = select(Task).where(Task.owner_id == caller.account_id)
    return await pagination.paginate(session, own, key=Task.id, paging=paging)


async def cancel(session: WriteSession, *, task: Task) -> Task:
    """Ends a queued task; asks a running one to stop, which it does in its own time. To ask twice is once.

    Raises:
        TaskOver: it is done or has failed.
    """
    now = clock.now()
    is_queued = Task.state == State.QUEUED
    await session.execute(
        update(Task)
        .where(Task.id == task.id, Task.state.in_(UNFINISHED))
        .values(
            state=case((is_queued, State.CANCELLED), else_=Task.state),
            finished_at=case((is_queued, now), else_=Task.finished_at),
            cancel_requested_at=func.coalesce(Task.cancel_requested_at, now),
        )
        .execution_options(synchronize_session=False)
    )
    await session.refresh(task)
    if task.state in {State.DONE, State.FAILED}:
        raise exceptions.TaskOver
    return task
