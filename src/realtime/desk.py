"""Does what sockets ask for: the protocol's own requests, and those of the features."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Final

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from src import background, problems
from src.auth import exceptions as auth_exceptions
from src.exceptions import HearthError, NotPermitted
from src.realtime import encoding, exceptions, frames, greeting, pages, presence
from src.realtime.connection import Connection, State
from src.realtime.constants import GREETINGS, CloseCode
from src.realtime.hub import Hub
from src.realtime.parts import Operation
from src.realtime.turns import Turn

logger = logging.getLogger("hearth.realtime")

_DONE: Final = b"{}"
# Pages are big, so one client has one made at a time.
_SYNC: Final = Turn("sync")
_WATCH: Final = Turn("watch")
Work = Callable[[], Awaitable[bytes]]


class Desk:
    """Takes the requests of all sockets of a process."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closed = False
        # A crowd that comes back at once waits here, and not all together for the database's connections.
        self._door = asyncio.Semaphore(GREETINGS)

    def serve(self, connection: Connection, operation: str, request: int | None, fields: Mapping[str, object]) -> None:
        """Begins what a socket asks for; refuses what cannot even begin."""
        try:
            if operation == "hello":
                hello = frames.Hello.model_validate(fields)
                connection.state = State.GREETING
                self._begin(lambda: self._greet(connection, request, hello), connection)
                return
            turn, work = self._work(connection, operation, fields)
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
            connection.refuse(request, problems.problem_of(RequestValidationError(details)) or HearthError())
        except HearthError as error:
            connection.refuse(request, error)
        else:
            self._begin(lambda: self._answer(connection, request, work), connection, turn)

    async def close(self) -> None:
        """Ends what is under way, and begins nothing of what waits for it."""
        self._is_closed = True
        await background.end(*self._tasks)

    def _work(self, connection: Connection, operation: str, fields: Mapping[str, object]) -> tuple[Turn | None, Work]:
        """What is to be done, and when, if that is not at once."""
        hub = self._hub
        if operation == "sync":
            sync = frames.Sync.model_validate(fields)
            return _SYNC, lambda: self._sync(connection, sync)
        if operation == "refresh":
            data = frames.Refresh.model_validate(fields)
            return None, lambda: greeting.refresh(hub, connection, data)
        if operation == "watch":
            watch = frames.Watch.model_validate(fields)
            return _WATCH, lambda: self._watch(connection, watch)
        found = hub.catalogue.operations.get(operation)
        if found is None:
            raise exceptions.UnknownOperation
        if found.permission is not None and not connection.caller.may(found.permission):
            raise NotPermitted
        payload: BaseModel = found.payload.model_validate(fields)

        async def run() -> bytes:
            circumstances = Operation(connection.caller, hub.database, hub.resources, hub)
            reply = await found.run(circumstances, payload)
            return _DONE if reply is None else reply.model_dump_json().encode()

        return found.turn(payload), run

    def _begin(
        self, work: Callable[[], Coroutine[None, None, None]], connection: Connection, turn: Turn | None = None
    ) -> None:
        connection.busy += 1

        def finished(task: asyncio.Task[None]) -> None:
            connection.busy -= 1
            self._tasks.discard(task)
            if turn is not None and not self._is_closed:
                connection.turns.leave(turn)

        def begin() -> None:
            task = asyncio.create_task(work())
            self._tasks.add(task)
            task.add_done_callback(finished)

        if turn is None:
            begin()
        else:
            connection.turns.enter(turn, begin)

    async def _answer(self, connection: Connection, request: int | None, work: Work) -> None:
        try:
            body = await work()
        except Exception as error:  # noqa: BLE001  whatever it is, the client is told and the socket goes on
            connection.refuse(request, _problem(error))
        else:
            if request is not None:
                connection.send(encoding.answer(request, body))

    async def _greet(self, connection: Connection, request: int | None, hello: frames.Hello) -> None:
        try:
            async with self._door, asyncio.timeout(self._hub.settings.realtime_greeting_seconds):
                body = b"" if connection.is_over() else await greeting.greet(self._hub, connection, hello)
        except TimeoutError:
            connection.end(CloseCode.SLOW, "no answer to hello in time")
        except Exception as error:  # noqa: BLE001  whatever it is, the client is told
            problem = _problem(error)
            connection.refuse(request, problem)
            connection.end(_code_of(problem), problem.code.value)
        else:
            if not connection.is_over():
                connection.send(encoding.answer(request, body))
                connection.open()

    async def _watch(self, connection: Connection, watch: frames.Watch) -> bytes:
        online = await presence.watch(self._hub, connection, sorted(set(watch.accounts)))
        return frames.Watched(online=list(map(str, online))).model_dump_json().encode()

    async def _sync(self, connection: Connection, sync: frames.Sync) -> bytes:
        if connection.is_heavy:
            raise exceptions.SocketSlow
        hub, caller = self._hub, connection.caller
        stream = pages.own_name(sync.stream, caller.account_id)
        channel = hub.channels.get(stream)
        if channel is not None and stream in connection.streams:
            found = await pages.followed(hub, channel, caller, since=sync.since, limit=sync.limit)
        else:
            found = await pages.unfollowed(hub, caller, stream, since=sync.since, limit=sync.limit)
        return found.encoded()


def _problem(error: Exception) -> HearthError:
    known = problems.problem_of(error)
    if known is None:
        logger.error("Unhandled %s", type(error).__name__, exc_info=error)
    return known or HearthError()


def _code_of(problem: HearthError) -> CloseCode:
    if isinstance(problem, auth_exceptions.InvalidToken):
        return CloseCode.EXPIRED
    return CloseCode.FORBIDDEN if isinstance(problem, NotPermitted) else CloseCode.INTERNAL
