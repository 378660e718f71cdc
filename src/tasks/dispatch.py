"""The port to whoever runs tasks, and how a task that is queued gets to it: after the commit, by its id alone."""

from functools import partial
from typing import Protocol

from src.database import Database, WriteSession

_QUEUED = "queued_tasks"


class Dispatcher(Protocol):
    """Sends word of a queued task to runners. Word may be lost: the row is the truth, and runners look by themselves.

    The in-process one is the `Runner`; another (Celery) would send the id to its broker.
    """

    def dispatch(self, task_id: int) -> None:
        """The task has been committed; must not wait and must not raise."""
        ...


def note(session: WriteSession, task_id: int) -> None:
    """A task has been queued in this session."""
    session.info.setdefault(_QUEUED, []).append(task_id)


def attach(database: Database, dispatcher: Dispatcher) -> None:
    """From now on, tasks that this process queues are dispatched. After `Events`, whose handlers may queue some."""

    async def hand_over(session: WriteSession) -> None:
        queued: list[int] = session.info.get(_QUEUED, [])
        for task_id in queued:
            session.after_commit(partial(dispatcher.dispatch, task_id))

    database.before_commit(hand_over)
