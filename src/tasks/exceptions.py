"""What can go wrong with tasks.

NotFound ── TaskNotFound        Conflict ── TaskOver
"""

from src.exceptions import Conflict, NotFound
from src.tasks.constants import ErrorCode


class TaskNotFound(NotFound):
    """It does not exist, or is somebody else's."""

    code = ErrorCode.TASK_NOT_FOUND
    detail = "There is no such task."


class TaskOver(Conflict):
    """It has ended, so it cannot be cancelled any more."""

    code = ErrorCode.TASK_OVER
    detail = "The task is over."


class LeaseLost(Exception):
    """Another runner has taken the task; whoever gets this writes nothing more for it."""
