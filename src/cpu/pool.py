"""The pool of child processes.

`concurrent.futures` has one, but a child's death breaks all of it, it cannot kill a call that takes too long, and its
children are forks of a server with threads. Here a call has a child to itself; whatever goes wrong costs that child.
"""

import asyncio
import os
import pickle
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar, TypeVarTuple, cast

from src.config import ROOT
from src.cpu import answers
from src.cpu import child as child_program
from src.cpu.constants import CALLS_OF_A_CHILD, CPU_SECONDS, IDLE_SECONDS, MEMORY_BYTES, NICENESS, WALL_SECONDS
from src.cpu.exceptions import CpuFailed, CpuLimitExceeded

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

# Nothing of the server's environment, which holds its secrets.
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH")
# Of its own limit of CPU time, or of the system's out-of-memory killer.
_SIGNALS_OF_LIMITS = {signal.SIGXCPU, signal.SIGKILL}


_HANG_UP_SECONDS = 2.0


class _Child:
    """One process and the calls that it has answered."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.calls = 0
        self.since = 0.0

    @property
    def is_alive(self) -> bool:
        """Whether it can take a call: the end of its output is seen earlier than that of the process."""
        stdout = self.process.stdout
        return self.process.returncode is None and stdout is not None and not stdout.at_eof()

    async def ask(self, call: bytes, max_answer: int) -> bytes:
        """Sends a call and waits for the answer.

        Raises:
            OSError, asyncio.IncompleteReadError: the child is dead.
        """
        self.calls += 1
        stdin, stdout = self.process.stdin, self.process.stdout
        if stdin is None or stdout is None:
            raise BrokenPipeError
        stdin.write(len(call).to_bytes(child_program.LENGTH_BYTES, "big"))
        stdin.write(call)
        await stdin.drain()
        length = int.from_bytes(await stdout.readexactly(child_program.LENGTH_BYTES), "big")
        if length > max_answer:
            raise CpuFailed
        return await stdout.readexactly(length)

    async def end(self) -> int:
        """Kills it if it lives, waits until it is gone, and gives its return code (a signal's is negative)."""
        if self.process.returncode is None:
            # Not `process.kill()`: that looks for the process's end itself and takes the code from who waits for it.
            # The child leads a session of its own; what its function has started goes with it.
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        if self.process.stdin is not None:
            self.process.stdin.close()
        return await self.process.wait()

    async def end_by_itself(self) -> int:
        """The return code of a child that has hung up; it is killed should it go on."""
        try:
            async with asyncio.timeout(_HANG_UP_SECONDS):
                return await self.process.wait()
        except TimeoutError:
            return await self.end()


class CpuPool:
    """Runs functions in up to `size` child processes, which are started when needed and end when idle."""

    def __init__(
        self,
        size: int | None = None,
        *,
        memory_bytes: int = MEMORY_BYTES,
        cpu_seconds: int = CPU_SECONDS,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        """Starts nothing yet.

        Args:
            size: children at once; as many as processors when not given.
            memory_bytes: address space of a child, the interpreter's own 30 MB included (not enforced on macOS).
            cpu_seconds: processor time of one call.
            idle_seconds: how long a child waits for the next call before it is ended.
        """
        self._slots = asyncio.Semaphore(size or os.cpu_count() or 1)
        self._memory_bytes = memory_bytes
        self._cpu_seconds = cpu_seconds
        self._idle_seconds = idle_seconds
        self._children: set[_Child] = set()
        self._idle: list[_Child] = []
        self._reaper: asyncio.Task[None] | None = None
        self._closed = False

    async def run(
        self,
        function: Callable[[*Ts], T],
        *args: *Ts,
        timeout: float = WALL_SECONDS,  # noqa: ASYNC109  it ends the child, and waiting for a free one does not count
    ) -> T:
        """The function's result.

        Args:
            function: of a module's top level, without side effects. It, its arguments and its result are pickled; the
                result is made of plain values and of dataclasses and named tuples of the function's own package.
            args: its arguments.
            timeout: seconds of the call.

        Raises:
            CpuLimitExceeded: too much memory, CPU time or time.
            CpuFailed: the child died, or what it gave or raised is of a kind that is not taken from a child.
            Exception: what the function raised: a built-in exception or one of its own package, with plain arguments.
        """
        call = pickle.dumps((function, args))
        async with self._slots:
            child = await self._idle_child() or await self._start()
            reusable = False
            try:
                outcome, value = await self._ask(child, call, function.__module__, timeout)
                reusable = outcome in {"result", "error"} and child.calls < CALLS_OF_A_CHILD
            finally:
                await self._give_back(child, reusable=reusable)
        return cast("T", _unwrapped(outcome, value))

    async def close(self) -> None:
        """Ends all children; calls that run fail, and so do later ones."""
        self._closed = True
        if self._reaper is not None:
            self._reaper.cancel()
        for child in list(self._children):
            await child.end()
        self._children.clear()
        self._idle.clear()

    async def _idle_child(self) -> _Child | None:
        while self._idle:
            child = self._idle.pop()
            if child.is_alive:
                return child
            await self._give_back(child, reusable=False)
        return None

    async def _start(self) -> _Child:
        if self._closed:
            raise CpuFailed
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-P", "-m", child_program.__name__, str(self._memory_bytes), str(self._cpu_seconds), str(NICENESS)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**environment, "PYTHONPATH": str(ROOT)},
            # Ctrl-C on a terminal is the server's business; it ends its children itself.
            start_new_session=True,
        )
        child = _Child(process)
        self._children.add(child)
        # Closed in the moment in which it was started.
        await self._end_if_closed(child)
        return child

    async def _end_if_closed(self, child: _Child) -> None:
        if self._closed:
            await self._give_back(child, reusable=False)
            raise CpuFailed

    async def _ask(
        self,
        child: _Child,
        call: bytes,
        module_name: str,
        timeout: float,  # noqa: ASYNC109  see run
    ) -> tuple[str, object]:
        try:
            async with asyncio.timeout(timeout):
                answer = await child.ask(call, self._memory_bytes)
            return answers.read(answer, module_name)
        except TimeoutError:
            raise CpuLimitExceeded from None
        except (OSError, asyncio.IncompleteReadError) as error:
            of_a_limit = -await child.end_by_itself() in _SIGNALS_OF_LIMITS and not self._closed
            raise (CpuLimitExceeded if of_a_limit else CpuFailed) from error
        except pickle.UnpicklingError as error:
            raise CpuFailed from error

    async def _give_back(self, child: _Child, *, reusable: bool) -> None:
        if not reusable or self._closed:
            self._children.discard(child)
            await child.end()
            return
        child.since = asyncio.get_running_loop().time()
        self._idle.append(child)
        if self._reaper is None or self._reaper.done():
            self._reaper = asyncio.create_task(self._reap(), name="cpu reaper")

    async def _reap(self) -> None:
        """Ends children that nobody has used for long; the last one used stands at the end."""
        loop = asyncio.get_running_loop()
        while self._idle:
            rest = self._idle[0].since + self._idle_seconds - loop.time()
            if rest > 0:
                await asyncio.sleep(rest)
            else:
                child = self._idle.pop(0)
                self._children.discard(child)
                await child.end()


def _unwrapped(outcome: str, value: object) -> object:
    if outcome == "result":
        return value
    if outcome == "memory":
        raise CpuLimitExceeded
    if outcome == "error" and isinstance(value, Exception):
        raise value
    raise CpuFailed
