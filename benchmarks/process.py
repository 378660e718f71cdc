"""Rows (d), (e) and (f): logins beside other requests, the start, the memory, the middleware."""

import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median

from starlette.types import Receive, Scope, Send

from benchmarks import dataset, house, load, rows
from src import embedded, migrations
from src.auth import passwords
from src.config import Settings, of
from src.main import guarded

_PORT = 8705
_PASSWORD = "a horse of many colours"  # noqa: S105  of a database that lives for a minute
_LOGINS = 20
_STARTS = 3
_CALLS = 5_000


async def logins() -> list[rows.Row]:
    """What 20 logins at once do to the others' slowest requests."""
    async with house.house() as place:
        await dataset.fill(place, 20_000)
        reader = await dataset.reader(place, "person19000", 150)
        stored = await passwords.Hasher().hash_password(_PASSWORD)
        connection = await place.connect()
        await connection.execute("UPDATE accounts SET password_hash = $1 WHERE id % 2 >= 0", stored)
        await connection.close()
        async with house.hearth(place, _PORT, pinned=False) as server:
            home = load.Job(_PORT, [load.get("/v1/timelines/home", reader.token)], connections=4, pause=0.01)
            quiet = await load.run(home)
            signing_in = asyncio.create_task(load.run(_login_job()))
            await asyncio.sleep(0.5)
            busy = await load.run(home)
            await signing_in
            memory = server.memory()
        return [
            rows.at_most("p99 of home during 20 logins at once, against quiet", busy.p99, "ms", quiet.p99, 2.0),
            rows.at_most("memory of the server after the run", memory, "MB", None, 250),
        ]


def _login_job() -> load.Job:
    requests = [
        load.post("/v1/auth/login", {"login": f"person{number + 1}", "password": _PASSWORD})
        for number in range(_LOGINS)
    ]
    return load.Job(_PORT, requests, connections=_LOGINS, seconds=6.0)


async def start() -> list[rows.Row]:
    """From the command to the first answer, PostgreSQL's start included."""
    with tempfile.TemporaryDirectory(prefix="hearth-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        server = await asyncio.to_thread(embedded.start, folder)
        await migrations.upgrade(server.owner_url)
        environment = house.House(folder, server).environment()
        await asyncio.to_thread(server.stop)
        del environment["DATABASE_URL"]
        times = []
        for _ in range(_STARTS):
            async with house.serving(
                ["src", "serve", "--port", str(_PORT)], _PORT, "/v1/timelines/public", environment, pinned=False
            ) as started:
                times.append(started.started_in)
    return [rows.at_most("start to the first answer", median(times), "s", None, 3.0)]


async def middleware() -> list[rows.Row]:
    """What a request pays before it reaches the app and after."""
    bare = await _calls(_app)
    wrapped = await _calls(guarded(_app, of(Settings)))
    return [rows.at_most("all middleware together", (wrapped - bare) * 1e6, "us", None, 150)]


async def _app(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001  ASGI
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": b"{}"})


async def _calls(app: object) -> float:
    assert callable(app)

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_message: object) -> None:
        return

    times = []
    for number in range(_CALLS):
        scope = _scope(number)
        begin = time.perf_counter()
        await app(scope, receive, send)
        times.append(time.perf_counter() - begin)
    return median(times)


def _scope(number: int) -> dict[str, object]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/v1/timelines/home",
        "raw_path": b"/v1/timelines/home",
        "query_string": b"limit=20",
        "root_path": "",
        "headers": [
            (b"host", b"127.0.0.1:8000"),
            (b"user-agent", b"benchmark"),
            (b"accept", b"*/*"),
            (b"authorization", b"Bearer token-number-%d" % number),
        ],
        "client": ("127.0.0.1", 40_000),
        "server": ("127.0.0.1", 8000),
        "state": {},
    }
