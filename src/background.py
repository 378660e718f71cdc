"""Ends tasks that run in the background for as long as something else does."""

import asyncio
from typing import Any, Final

# Long enough for a task to let go of what it holds: the second cancellation would interrupt that.
_AGAIN_SECONDS: Final = 5.0


async def end(*tasks: "asyncio.Task[Any]") -> None:
    """Cancels tasks and returns once all of them have ended, however they have.

    A cancellation may be lost: before Python 3.12, `asyncio.wait_for` gives its result instead if that comes in the
    same moment, and the clients of Redis and of the database wait by it. A task that goes on is cancelled once more.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        ended, left = await asyncio.wait(left, timeout=_AGAIN_SECONDS)
        for task in ended:
            if not task.cancelled():
                # Whoever runs for ever has told the log of it; here it only counts as seen.
                task.exception()
