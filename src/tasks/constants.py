"""The words and numbers of tasks."""

from enum import StrEnum
from typing import Final

from src.feature import Permission as BasePermission
from src.feature import Role


class State(StrEnum):
    """Where a task stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ErrorCode(StrEnum):
    """Stable codes of this package's errors."""

    TASK_NOT_FOUND = "task_not_found"
    TASK_OVER = "task_over"
    # These two stand in a failed task's `error`, beside the codes of the errors that tasks raise.
    TASK_CRASHED = "task_crashed"
    TASK_FAILED = "task_failed"


class Permission(BasePermission):
    """What the endpoints of this package ask for."""

    READ = "tasks:read", Role.MEMBER
    CANCEL = "tasks:cancel", Role.MEMBER


UNFINISHED: Final = (State.QUEUED, State.RUNNING)

# A runner that has not been heard of for so long is dead, and another takes its tasks.
LEASE_SECONDS: Final = 30.0
HEARTBEAT_SECONDS: Final = 1.0
# How often a runner looks for tasks that nobody has told it of.
POLL_SECONDS: Final = 1.0
# Whoever ends waits at most so long for what it is just writing: which tasks it has taken, and how others have ended.
WRITING_SECONDS: Final = 3.0
# A task that has been asked to stop and does not is stopped.
CANCEL_GRACE_SECONDS: Final = 10.0
# Progress is written at most this often.
PROGRESS_SECONDS: Final = 0.5
# A task fails for good after so many failures that are not its own refusal, 5, 25 … seconds apart.
MAX_ATTEMPTS: Final = 3
RETRY_SECONDS: Final = 5
AT_ONCE: Final = 2
KEPT_DAYS: Final = 30
PURGE_SECONDS: Final = 3_600.0
