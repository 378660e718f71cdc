"""The statements by which runners share the table of tasks.

A running task belongs to (id, turn): every statement of a runner names both, so that one which was thought dead, and
whose task another has taken, changes nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Update, case, delete, select, tuple_, update

from src.database import WriteSession, exists
from src.tasks.constants import UNFINISHED, State
from src.tasks.models import Task


@dataclass(frozen=True, slots=True)
class Claimed:
    """A task in a runner's hands."""

    id: int
    turn: int
    kind: str
    owner_id: int | None
    payload: dict[str, object]
    attempts: int
    done: int
    total: int | None
    is_cancel_requested: bool


def _own(task_id: int, turn: int) -> Update:
    return update(Task).where(Task.id == task_id, Task.turn == turn, Task.state == State.RUNNING)


async def claim(
    session: WriteSession, kinds: Collection[str], *, now: datetime, lease_until: datetime, count: int
) -> list[Claimed]:
    """Takes tasks that are due: queued ones, and running ones whose runner has not been heard of."""
    due = (
        select(Task.id)
        .where(Task.state.in_(UNFINISHED), Task.due_at <= now, Task.kind.in_(kinds))
        .order_by(Task.due_at)
        .limit(count)
        .with_for_update(skip_locked=True)
    )
    died = case((Task.state == State.RUNNING, 1), else_=0)
    taken = await session.execute(
        update(Task)
        .where(Task.id.in_(due))
        .values(
            state=State.RUNNING,
            attempts=Task.attempts + died,
            turn=Task.turn + 1,
            due_at=lease_until,
            started_at=case((Task.started_at.is_(None), now), else_=Task.started_at),
        )
        .returning(
            Task.id,
            Task.turn,
            Task.kind,
            Task.owner_id,
            Task.payload,
            Task.attempts,
            Task.done,
            Task.total,
            Task.cancel_requested_at.is_not(None),
        )
        .execution_options(synchronize_session=False)
    )
    return [Claimed(*row) for row in taken.all()]


async def extend(
    session: WriteSession, held: Collection[tuple[int, int]], lease_until: datetime
) -> dict[int, datetime | None]:
    """Prolongs leases of (id, turn); for each task that still is the caller's, when it was asked to stop."""
    kept = await session.execute(
        update(Task)
        .where(tuple_(Task.id, Task.turn).in_(held), Task.state == State.RUNNING)
        .values(due_at=lease_until)
        .returning(Task.id, Task.cancel_requested_at)
        .execution_options(synchronize_session=False)
    )
    return {row[0]: row[1] for row in kept.all()}


async def hold(session: WriteSession, task_id: int, turn: int) -> bool:
    """Whether the task is the caller's; then it stays so until the transaction ends."""
    mine = select(Task.id).where(Task.id == task_id, Task.turn == turn, Task.state == State.RUNNING)
    return await exists(session, mine.with_for_update(read=True))


async def report(session: WriteSession, task_id: int, turn: int, done: int, total: int | None) -> None:
    """Stores how far the task is."""
    await session.execute(_own(task_id, turn).values(done=done, total=total))


async def finish(
    session: WriteSession,
    claimed: Claimed,
    *,
    state: State,
    result: dict[str, object] | None = None,
    error: str | None = None,
    now: datetime,
) -> None:
    """Ends the task."""
    values = {"state": state, "result": result, "error": error, "finished_at": now}
    await session.execute(_own(claimed.id, claimed.turn).values(values))


async def requeue(session: WriteSession, claimed: Claimed, *, attempts: int, due_at: datetime) -> None:
    """Gives the task back, to be taken again from `due_at` on."""
    values = {"state": State.QUEUED, "attempts": attempts, "due_at": due_at}
    await session.execute(_own(claimed.id, claimed.turn).values(values))


async def purge(session: WriteSession, before: datetime) -> None:
    """Forgets tasks that ended before this instant."""
    await session.execute(delete(Task).where(Task.finished_at < before))
