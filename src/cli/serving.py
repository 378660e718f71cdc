"""One server process from its first lock to its last: what is opened in which order, and given back in reverse."""

import asyncio
import gc
import logging
import signal
import socket
from collections.abc import Awaitable, Callable, Collection
from contextlib import ExitStack, suppress
from types import FrameType

import uvicorn

from src import embedded, logs
from src.cli import data_lock, greeting, interrupts, watchdog
from src.cli.lifespan import WatchedApp
from src.config import ROOT, Settings
from src.main import create_app
from src.operations import readiness
from src.server import bind, make_server

logger = logging.getLogger("hearth.server")

_LOOK_AGAIN_SECONDS = 0.01

Started = Callable[[WatchedApp, tuple[str, int]], Awaitable[None]]


def run(settings: Settings, started: Started) -> None:
    """Serves until told to stop.

    Args:
        settings: the process's settings, as `of(Settings)` gives them too.
        started: awaited once requests are answered, with the app and the address that it listens on.

    Raises:
        Failure: the data directory is in use or cannot be used.
        CannotListen, EmbeddedError, SchemaTooNew, UnusableKeys: with one line for the person who started it.
    """
    with ExitStack() as stack:
        tell = stack.enter_context(data_lock.held(settings.data_directory))
        listening = stack.enter_context(bind(settings.host, settings.port))
        tell(greeting.base_url(settings, listening.getsockname()[:2]))
        stack.enter_context(
            logs.setup(ROOT / "logging.ini", environment=settings.environment, level=settings.log_level)
        )
        if settings.database_url is None:
            # A share of our own: the runtime's ends before the watchdog does.
            postgresql = stack.enter_context(embedded.start(settings.data_directory))
            stack.enter_context(watchdog.watching(postgresql))
        _serve(WatchedApp(create_app()), listening, settings, started)


def _serve(app: WatchedApp, listening: socket.socket, settings: Settings, started: Started) -> None:
    server = make_server(
        app,
        sockets=[listening],
        tls_cert=settings.tls_cert,
        tls_key=settings.tls_key,
        forwarded_allow_ips=settings.trusted_proxies,
    )
    try:
        with interrupts.restored(), asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
            runner.run(_run(server, app, listening, started))
    except SystemExit:
        # How uvicorn ends when the app could not start.
        if app.failure is None:
            raise
        raise app.failure from None
    except KeyboardInterrupt:
        # Told to stop while it was starting.
        return


async def _run(server: uvicorn.Server, app: WatchedApp, listening: socket.socket, started: Started) -> None:
    address = listening.getsockname()[:2]
    begin = asyncio.create_task(_begin(server, app, address, started))
    try:
        await server.serve()
    finally:
        begin.cancel()
        with suppress(asyncio.CancelledError):
            await begin
        await _end(server.server_state.tasks)
        await _end({app.life} if app.life else set())


async def _end(tasks: Collection[asyncio.Task[object]]) -> None:
    """Ends what a server that was hurried has left: the requests, then what they use, each cancelled once.

    A second cancellation, as the runner's of all tasks would be, interrupts the giving back of connections.
    """
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)


async def _begin(server: uvicorn.Server, app: WatchedApp, address: tuple[str, int], started: Started) -> None:
    while not server.started:  # noqa: ASYNC110  uvicorn has no event for it
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)
    _listen_to_signals(server, app)
    try:
        await started(app, address)
    except Exception:
        logger.exception("The server runs, but could not say so")
    # What the start has made lives as long as the process: the collector need not look at it again.
    gc.collect()
    gc.freeze()


def _listen_to_signals(server: uvicorn.Server, app: WatchedApp) -> None:
    """Takes the signals over from uvicorn, which would stop listening at once and end us by the signal itself."""
    loop = asyncio.get_running_loop()
    asked = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            server.should_exit = server.force_exit = True
            return
        asked = True
        found = app.state.get("readiness")
        seconds = found.drain() if isinstance(found, readiness.Readiness) else 0
        loop.call_soon_threadsafe(loop.call_later, seconds, setattr, server, "should_exit", True)

    for number in (signal.SIGINT, *interrupts.STOPPING):
        interrupts.handle(number, stop)
