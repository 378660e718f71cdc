"""Who has an import done: a task of the server, or a command."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from src.database import Database, WriteSession
from src.tasks import kinds as tasks_kinds


class Stopped(Exception):
    """The owner wants the work to end here."""


class TaskWork:
    """As a task: its steps are one after the other in the task's progress."""

    def __init__(self, context: tasks_kinds.TaskContext) -> None:
        """Takes the run of the task."""
        self._context = context
        self._steps: dict[str, tuple[int, int]] = {}

    @property
    def db(self) -> Database:
        """See `Work`."""
        return self._context.db

    def write(self) -> AbstractAsyncContextManager[WriteSession]:
        """See `Work`; only the task's present runner can commit it."""
        return self._context.write()

    async def progress(self, step: str, done: int, total: int) -> None:
        """See `Work`.

        Raises:
            Stopped: the owner has cancelled the task.
        """
        if self._context.cancelled():
            raise Stopped
        self._steps[step] = (done, total)
        await self._context.progress(*(sum(column) for column in zip(*self._steps.values(), strict=True)))


class CommandWork:
    """As a command, before whom somebody sits."""

    def __init__(self, database: Database, show: Callable[[str, int, int], None]) -> None:
        """Takes the open database and what is told of each step."""
        self.db = database
        self._show = show

    def write(self) -> AbstractAsyncContextManager[WriteSession]:
        """See `Work`."""
        return self.db.write()

    async def progress(self, step: str, done: int, total: int) -> None:
        """See `Work`."""
        self._show(step, done, total)
