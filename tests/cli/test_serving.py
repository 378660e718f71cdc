"""A server in this process: it starts, says so, answers, and stops in good order by whatever signal."""

import asyncio
import gc
import re
import signal
import time
from collections.abc import Iterator

import httpx
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from src.auth import config as auth_config
from src.auth.exceptions import UnusableKeys
from src.cli import data_lock, serve, serving
from src.cli.application import app as command
from src.cli.lifespan import WatchedApp
from src.config import Settings, override
from src.database import Database
from src.mail import jobs as mail_jobs
from src.operations.config import OperationsSettings
from src.server import bind
from tests.cli.conftest import PATIENCE

pytestmark = pytest.mark.system


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    """The garbage collector as it is for tests, which the server sets for itself."""
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


async def get(address: tuple[str, int], path: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=f"http://{address[0]}:{address[1]}", timeout=PATIENCE) as client:
        return await client.get(path)


async def ready(address: tuple[str, int]) -> int:
    """The status of a server that has had time to become ready: its database may be slow at first."""
    deadline = time.monotonic() + PATIENCE
    status = 0
    while status != 200 and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
        status = (await get(address, "/health/ready")).status_code
    return status


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_answers_until_it_is_told_to_stop(on_fresh: Settings, number: signal.Signals) -> None:
    before = signal.getsignal(number)
    answers: list[int] = []
    databases: list[object] = []
    told: list[bool] = []

    async def started(app: WatchedApp, address: tuple[str, int]) -> None:
        answers.append(await ready(address))
        databases.append(app.state["database"])
        told.append(data_lock.address(on_fresh.data_directory) == f"http://127.0.0.1:{address[1]}")
        signal.raise_signal(number)

    serving.run(on_fresh, started)
    assert answers == [200]
    assert signal.getsignal(number) is before
    [database] = databases
    assert isinstance(database, Database)
    assert "Current Checked out connections: 0" in database.engine.pool.status()
    # The data directory is free again.
    serving.run(on_fresh, started)
    assert answers == [200, 200]
    assert told == [True, True]


def test_it_drains_before_it_stops_listening(on_migrated: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    answers: list[tuple[int, int]] = []
    begun = 0.0

    async def started(_app: WatchedApp, address: tuple[str, int]) -> None:
        nonlocal begun
        begun = time.monotonic()
        signal.raise_signal(signal.SIGTERM)
        ready, page = await get(address, "/health/ready"), await get(address, "/docs")
        # Several times as long as uvicorn takes to see that it is to stop.
        while time.monotonic() - begun < 0.5:
            await get(address, "/health/live")
        answers.append((ready.status_code, page.status_code))
        # Whoever cannot wait says it twice.
        signal.raise_signal(signal.SIGTERM)

    with override(OperationsSettings, drain_seconds=60):
        serving.run(on_migrated, started)
    assert answers == [(503, 200)]
    assert time.monotonic() - begun < 50
    assert "Traceback" not in capsys.readouterr().out


def test_a_greeting_that_fails_does_not_stop_the_server(on_migrated: Settings) -> None:
    asked: list[str] = []

    async def started(_app: WatchedApp, _address: tuple[str, int]) -> None:
        asked.append("once")
        # The signal comes when the server is on its own again.
        signal.raise_signal(signal.SIGTERM)
        raise ValueError(asked)

    serving.run(on_migrated, started)
    assert asked == ["once"]


def test_keys_that_cannot_be_used_stop_the_start_by_their_own_error(on_migrated: Settings) -> None:
    async def started(_app: WatchedApp, _address: tuple[str, int]) -> None:
        raise AssertionError

    with (
        override(auth_config.AuthSettings, signing_keys=SecretStr("short"), refresh_secret=None),
        pytest.raises(UnusableKeys),
    ):
        serving.run(on_migrated, started)


def test_it_greets_with_a_new_invitation_for_the_first_admin_until_there_is_one(
    on_migrated: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    async def started(app: WatchedApp, address: tuple[str, int]) -> None:
        await serve._greet(app, address)
        signal.raise_signal(signal.SIGINT)

    def greeting() -> str:
        serving.run(on_migrated, started)
        return "\n".join(line for line in capsys.readouterr().out.splitlines() if not line.startswith("{"))

    first, second = greeting(), greeting()
    for text in (first, second):
        assert "is ready" in text
        assert "create-admin NAME" in text
    assert first.splitlines()[-1].strip() != second.splitlines()[-1].strip()
    made = CliRunner().invoke(command, ["create-admin", "ada", "--password-stdin"], input="a horse of many colours")
    assert made.exit_code == 0
    assert "create-admin" not in greeting()


async def confirmed(database: Database, address: tuple[str, int], capsys: pytest.CaptureFixture[str]) -> int:
    """The answer to what stands behind the `#` of the letter that a new account gets at its address."""
    async with httpx.AsyncClient(base_url=f"http://{address[0]}:{address[1]}/v1/auth", timeout=PATIENCE) as client:
        password = "a horse of many colours"
        await client.post("/register", json={"username": "grace", "password": password})
        signed_in = (await client.post("/login", json={"login": "grace", "password": password})).json()
        client.headers["Authorization"] = f"Bearer {signed_in['access_token']}"
        assert (await client.put("/email", json={"email": "grace@example.org"})).is_success
        await mail_jobs.send(database)
        output, deadline = "", time.monotonic() + PATIENCE
        while "#" not in output and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
            output += capsys.readouterr().out
        [token] = re.findall(r"#([^\s\"]+)", output)
        return (await client.post("/email/confirm", json={"token": token})).status_code


def test_a_letter_that_it_prints_leads_on(on_migrated: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    answers: list[int] = []

    async def started(app: WatchedApp, address: tuple[str, int]) -> None:
        database = app.state["database"]
        assert isinstance(database, Database)
        try:
            answers.append(await confirmed(database, address, capsys))
        finally:
            signal.raise_signal(signal.SIGTERM)

    with override(auth_config.AuthSettings, registration=auth_config.RegistrationMode.OPEN):
        serving.run(on_migrated, started)
    assert answers == [204]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--tls-cert", "cert.pem"), "TLS_KEY"),
        (("--tls-cert", "/no/cert.pem", "--tls-key", "/no/key.pem"), "/no/cert.pem"),
        (("--host", "no.such.machine.invalid"), "no.such.machine.invalid"),
    ],
)
@pytest.mark.usefixtures("on_migrated")
def test_what_cannot_be_served_is_one_line(arguments: tuple[str, ...], why: str) -> None:
    result = CliRunner().invoke(command, ["serve", *arguments])
    assert result.exit_code == 1
    assert why in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_password_that_everybody_knows_does_not_start_in_production(on_migrated: Settings) -> None:
    url = "postgresql+asyncpg://hearth:changeme@localhost/hearth"
    with override(Settings, environment="production", database_url=url):
        result = CliRunner().invoke(command, ["serve"])
    assert result.exit_code == 1
    assert "DATABASE_URL" in result.stderr
    assert "changeme" not in result.stderr
    assert not on_migrated.data_directory.exists()


def test_a_taken_port_is_refused_before_anything_is_opened(on_migrated: Settings) -> None:
    with bind("127.0.0.1", 0) as taken, override(Settings, port=taken.getsockname()[1]):
        result = CliRunner().invoke(command, ["serve"])
    assert result.exit_code == 1
    assert "is taken" in result.stderr
    assert result.stderr.count("\n") == 1
    assert {file.name for file in on_migrated.data_directory.iterdir()} == {"serve.lock"}
