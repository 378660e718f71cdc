"""One embedded PostgreSQL for the whole run, and an empty, migrated database in it for each test that asks."""

import os

# Before anything reads settings: the tests do not depend on the laptop's .env.
os.environ["HEARTH_ENV_FILE"] = ""

import logging
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
import pytest
from fastapi import FastAPI

from src.auth import ended
from src.config import Environment, Settings, override
from src.database import Database
from src.features import FEATURES
from src.limits import exchange
from src.logs import LineHandler
from src.main import build_app
from src.media.config import MediaSettings
from tests import redis_server
from tests.cluster import Cluster, serving
from tests.events import brokers
from tests.hearth import Hearth, opened
from tests.spare import Spare

# However the tests were started: in the background or under nohup these are ignored, and so in every child.
for _number, _usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _usual)


# How far property tests look; a test that says so itself looks as far as it says. In CI they look at the same examples
# each time ("ci" is the library's own profile for it), so a change that is red there has made it so; chance looks for
# more wherever else the tests are run. No example has a limit of time: machines differ.
hypothesis.settings.register_profile("some", max_examples=25, deadline=None)
hypothesis.settings.register_profile("all", deadline=None)
_is_whole = os.environ.get("HEARTH_TESTS") == "all"
hypothesis.settings.load_profile(("ci" if os.environ.get("CI") else "all") if _is_whole else "some")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says which Kafka the tests have spoken with, and why not with a real one."""
    used: Counter[str] = Counter()
    skipped = 0
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                kinds = [str(value) for name, value in report.user_properties if name == "kafka"]
                used.update(kinds if report.when == "call" else ())
                skipped += len(kinds) if report.skipped else 0
    said = [f"{used[kind]} tests on {words}" for kind, words in brokers.WORDS.items() if used[kind]]
    if skipped:
        said.append(f"{skipped} skipped, as {brokers.missing()}")
    if said:
        terminalreporter.write_line(f"Kafka: {', '.join(said)}")


# Of a test that starts, kills and starts processes again, in seconds: a busy machine takes long for each of them.
_SYSTEM_TIMEOUT = 360


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Lets tests of whole processes begin first, gives them more time than the others have, and measures none of them.

    What they look for is no line that nothing else reaches, and to measure lines more than doubles what Python takes.
    """
    for item in items:
        if item.get_closest_marker("system"):
            item.add_marker(pytest.mark.no_cover)
            if not item.get_closest_marker("timeout"):
                item.add_marker(pytest.mark.timeout(_SYSTEM_TIMEOUT))
    items.sort(key=lambda item: item.get_closest_marker("system") is None)


def pytest_runtest_teardown() -> None:
    """Takes away the handlers of a server's log that ran in the test's process.

    They write to what stood for stdout in that test and is closed by now, so all later tests would complain on stderr.
    """
    root = logging.getLogger()
    root.handlers[:] = [handler for handler in root.handlers if not isinstance(handler, LineHandler)]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """One event loop of asyncio for all tests of a worker."""
    return "asyncio"


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The embedded server of this run, shared by its workers."""
    base = tmp_path_factory.getbasetemp()
    with serving((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "pg") as found:
        yield found


@pytest.fixture(scope="session")
async def spare(cluster: Cluster) -> AsyncIterator[Spare]:
    """The database that this worker lends to one test after the other."""
    found = Spare(cluster)
    yield found
    await found.close()


@pytest.fixture
async def pristine(spare: Spare) -> None:
    """Makes `database` a new clone: for tests of what PostgreSQL keeps beside the rows, as statistics."""
    await spare.close()


@pytest.fixture
async def database(spare: Spare) -> AsyncIterator[Database]:
    """A migrated database without rows."""
    yield await spare.lend()
    await spare.take_back()


@pytest.fixture
def database_url(database: Database) -> str:
    """The application's address of that database."""
    return database.engine.url.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a test's house."""
    directory: Path = tmp_path_factory.mktemp("data")
    return Settings(environment=Environment.DEVELOPMENT, HEARTH_DATA=directory)


@pytest.fixture(scope="session")
def app(settings: Settings) -> FastAPI:
    """The app, built once a worker; each test brings its own runtime."""
    return build_app(settings, FEATURES)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The folder of the test's media, which are otherwise kept with those of other tests; named before `hearth`."""
    with override(MediaSettings, media_directory=tmp_path / "media"):
        yield tmp_path / "media"


@pytest.fixture(autouse=True)
def trusting(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process knows of ended credentials is good for long: nobody is refused because the machine stands still.

    Tests of that second have it as it is, under this name.
    """
    monkeypatch.setattr(ended, "GOOD_SECONDS", 60)


@pytest.fixture
async def hearth(app: FastAPI, settings: Settings, database: Database) -> AsyncIterator[Hearth]:
    """The whole house on a fresh database."""
    async with opened(app, settings, database, FEATURES) as house:
        yield house


@pytest.fixture(scope="session")
def _redis() -> Iterator[redis_server.RedisServer]:
    with redis_server.serving() as server:
        yield server


@pytest.fixture
def redis(_redis: redis_server.RedisServer, monkeypatch: pytest.MonkeyPatch) -> redis_server.RedisServer:
    """A Redis with nothing in it; without the program the test is skipped, and in CI it fails."""
    # News that a busy machine brings too late are dropped, and those who wait for them wait in vain.
    monkeypatch.setattr(exchange, "PATIENCE_SECONDS", 30)
    _redis.forget()
    return _redis
