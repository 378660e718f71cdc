"""`hearth events`, `hearth consumer`, and what other commands say of Kafka."""

import asyncio
from collections.abc import Iterator

import orjson
import pytest
from typer.testing import CliRunner, Result

from src.cli.application import app
from src.config import Settings, override
from src.database import Database
from src.events import topics
from src.events.backbone import backbone
from src.events.config import EventsSettings
from tests.cli.test_commands import look_up, url_of
from tests.events import brokers

pytestmark = pytest.mark.integration

NOWHERE = "127.0.0.1:1"
_DEAD = (
    "INSERT INTO dead_letters (subscription, gid, actor_id, type, payload, at, error, attempts, died_at) VALUES"
    " ('{package}', 1, 7, '{type}', '{payload}', now(), 'LookupError at src/a.py:1', 8, now()) RETURNING id"
)


def hearth(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


@pytest.fixture
def mock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A mock cluster that is Hearth's Kafka."""
    brokers.note(request, brokers.MOCK)
    # A Kafka that a busy machine holds up is not away.
    monkeypatch.setattr(topics, "SECONDS", brokers.PATIENCE)
    with brokers.mocked() as address, override(EventsSettings, kafka_bootstrap_servers=address):
        yield address


def test_dead_letters_are_listed_shown_and_replayed(on_migrated: Settings) -> None:
    url = url_of(on_migrated)
    assert hearth("events", "dead", "list").output == "There are none.\n"
    gone = '{"blocker_id": 1, "blocked_id": 2}'
    blocked = look_up(url, _DEAD.format(package="notifications", type="users.account_blocked", payload=gone))
    orphan = look_up(url, _DEAD.format(package="vanished", type="a.b", payload="{}"))
    listed = hearth("events", "dead", "list").output
    assert str(blocked) in listed
    assert "vanished" in listed
    only = hearth("events", "dead", "list", "--package", "vanished").output
    assert str(orphan) in only
    assert str(blocked) not in only
    shown = orjson.loads(hearth("events", "dead", "show", str(blocked)).output)
    assert (shown["package"], shown["payload"], shown["attempts"]) == ("notifications", orjson.loads(gone), 8)
    result = hearth("events", "dead", "replay", "--all")
    assert result.exit_code == 1
    assert result.stderr == f"hearth: {orphan}: No handler of this server is waiting for this event.\n"
    assert look_up(url, "SELECT array_agg(id) FROM dead_letters") == [orphan]
    look_up(url, _DEAD.format(package="notifications", type="users.account_blocked", payload='{"no": 1}'))
    assert "failed again: src.events.exceptions.UndecodableEvent" in hearth("events", "dead", "replay", "--all").stderr


@pytest.mark.usefixtures("on_migrated")
def test_what_is_no_dead_letter_is_one_line() -> None:
    assert hearth("events", "dead", "show", "1").stderr == "hearth: There is no such dead letter.\n"
    assert "There is no such dead letter." in hearth("events", "dead", "replay", "1").stderr
    for arguments in ((), ("1", "--all")):
        assert "or say --all" in hearth("events", "dead", "replay", *arguments).stderr


@pytest.mark.usefixtures("on_migrated")
def test_without_kafka_there_is_no_consumer() -> None:
    result = hearth("consumer")
    assert result.exit_code == 1
    assert result.stderr.startswith("hearth: KAFKA_BOOTSTRAP_SERVERS is not set")


@pytest.mark.usefixtures("mock")
def test_topics_of_others_are_reported_and_not_used(on_migrated: Settings, mock: str) -> None:
    on_migrated.data_directory.mkdir(mode=0o700)
    brokers.make_topics(backbone("hearth", {"bootstrap.servers": mock}))
    for command in ("migrate", "consumer"):
        result = hearth(command)
        assert result.exit_code == 1
        assert "hearth: Kafka: the topic hearth.events.v1 has 4 partitions instead of 12" in result.stderr
        assert result.stderr.count("\n") == 2
    assert "wrong  kafka: the topic hearth.streams.v1 has 4 partitions instead of 24" in hearth("doctor").output
    assert "Not in Kafka" in hearth("status").output


def test_a_kafka_that_is_away_is_named_and_stops_no_command_that_can_do_without(
    on_migrated: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topics, "SECONDS", 0.2)
    on_migrated.data_directory.mkdir(mode=0o700)
    with override(EventsSettings, kafka_bootstrap_servers=NOWHERE):
        assert "wrong  kafka: Kafka does not answer" in hearth("doctor").output
        assert hearth("status").exit_code == 0
        asyncio.run(_notice(url_of(on_migrated)))
        assert "1, the oldest for" in hearth("status").output


async def _notice(url: str) -> None:
    """What a relay has seen of an event that it cannot publish."""
    database = Database(url)
    await database.fetch("INSERT INTO subscriptions VALUES ('@published', '0', 0, 0, NULL, now()) RETURNING 1", ())
    await database.fetch(
        "INSERT INTO outbox (actor_id, type, payload, at) VALUES (1, 'a.b', '{}', now()) RETURNING 1", ()
    )
    await database.close()
