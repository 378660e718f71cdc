"""A Hearth on a real port of this machine, in the test's own loop, and clients on real sockets."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import orjson
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from src.config import Settings
from src.main import guarded
from src.realtime.hub import Hub
from src.runtime import Runtime
from src.server import bind, make_server
from tests.hearth import Hearth, Person
from tests.realtime import protocol, rooms

PATIENCE = 30.0
Object = dict[str, object]


async def until(condition: Callable[[], object]) -> None:
    """Waits until the condition holds."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110  any condition will do
            await asyncio.sleep(0.002)


class Served:
    """A server process as it were: a runtime behind a port."""

    def __init__(self, house: Hearth, port: int, stop: Callable[[], None]) -> None:
        self.house = house
        self.port = port
        # Tells the server to stop.
        self.stop = stop

    @property
    def hub(self) -> Hub:
        """Its hub."""
        return rooms.hub_of(self.house.runtime.resources)

    @property
    def url(self) -> str:
        """Where its sockets are."""
        return f"ws://127.0.0.1:{self.port}/v1/ws"


class WithState:
    """The guarded app with a runtime that is open already."""

    def __init__(self, app: FastAPI, settings: Settings, runtime: Runtime) -> None:
        self._app: ASGIApp = guarded(app, settings)
        self._state = runtime.state()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        scope["state"] = dict(self._state)
        await self._app(scope, receive, send)


@asynccontextmanager
async def serving(house: Hearth, settings: Settings) -> AsyncIterator[Served]:
    """The house behind a port for the length of the block, with its relay running."""
    with bind("127.0.0.1", 0) as listening:
        server = make_server(
            WithState(house.app, settings, house.runtime), sockets=[listening], graceful_timeout=PATIENCE
        )
        server.config.log_level = None
        async with house.runtime.events.running():
            task = asyncio.create_task(server.serve())
            await until(lambda: server.started)
            try:
                yield Served(house, listening.getsockname()[1], lambda: setattr(server, "should_exit", True))
            finally:
                server.should_exit = True
                await task


@dataclass
class Client:
    """One socket of a test."""

    connection: ClientConnection
    objects: list[Object] = field(default_factory=list)
    greeting: Object = field(default_factory=dict)
    request: int = 0
    # What was asked under each number.
    asked: dict[object, str] = field(default_factory=dict)

    async def send(self, **fields: object) -> int:
        """Sends a request with a number of its own, which it gives."""
        self.request += 1
        self.asked[self.request] = str(fields["op"])
        await self.say(**fields, id=self.request)
        return self.request

    async def say(self, **fields: object) -> None:
        """Sends an object as it is."""
        await self.connection.send(orjson.dumps(fields).decode())

    async def ask(self, **fields: object) -> Object:
        """Sends a request; the answer, whatever comes before it is kept."""
        number = await self.send(**fields)
        return await self.find(lambda one: one.get("re") == number)

    async def hello(self, person: Person | None, **fields: object) -> Object:
        """Says who it is; the answer."""
        token = {} if person is None else {"token": person.token}
        answer = await self.ask(op="hello", v=1, **token, **fields)
        self.greeting = answer.get("ok", {})  # type: ignore[assignment]
        return answer

    async def find(self, wanted: Callable[[Object], bool]) -> Object:
        """The first object that is wanted, now or later; it is taken out."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for place, one in enumerate(self.objects):
                    if wanted(one):
                        return self.objects.pop(place)
                await self.more()

    async def more(self) -> None:
        """Takes in one frame."""
        data = await self.connection.recv()
        assert isinstance(data, str)
        found = [orjson.loads(line) for line in data.split("\n")]
        for one in found:
            if "re" not in one or "err" in one or one["re"] in self.asked:
                protocol.check(one, answered=self.asked.get(one.get("re"), ""))
        self.objects += found

    async def events(self, stream: str, count: int) -> list[Object]:
        """The next entries of a stream."""
        return [
            await self.find(lambda one: one["op"] == "ev" and one["stream"] == stream if "op" in one else False)
            for _ in range(count)
        ]

    async def texts(self, stream: str, count: int) -> list[tuple[object, object]]:
        """Their numbers and texts."""
        found = await self.events(stream, count)
        return [(one["ev"], one["d"]["text"]) for one in found]  # type: ignore[index]

    async def closed(self) -> tuple[int, Object | None]:
        """Waits for the end: the close code and the good-bye."""
        async with asyncio.timeout(PATIENCE):
            with suppress(ConnectionClosed):
                while True:
                    await self.more()
        bye = [one for one in self.objects if one.get("op") == "bye"]
        assert self.connection.close_code is not None
        return self.connection.close_code, bye[0] if bye else None


@asynccontextmanager
async def client(
    served: Served,
    person: Person | None = None,
    *,
    heads: dict[str, int] | None = None,
    headers: Sequence[tuple[str, str]] = (),
    sock: socket.socket | None = None,
    **fields: object,
) -> AsyncIterator[Client]:
    """A socket; of a person, it has said hello."""
    # Not through any proxy, and with no pings of its own.
    async with connect(
        served.url,
        additional_headers=list(headers),
        ping_interval=None,
        proxy=None,
        max_size=None,
        close_timeout=0.2,
        sock=sock,
    ) as opened:
        found = Client(opened)
        if person is not None:
            answer = await found.hello(person, heads=heads or {}, **fields)
            assert "ok" in answer, answer
        yield found
