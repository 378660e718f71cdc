"""The doctor finds what is wrong, names the cure, and keeps looking when one look fails."""

import asyncio
import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from src import clock
from src.config import Environment, Settings, override
from src.database import Database, ReadSession
from src.events import line
from src.events.config import EventsSettings
from src.events.constants import LEADER_LOCK
from src.feature import Check, Feature, Registry
from src.operations import disk, doctor
from tests.hearth import Hearth

pytestmark = pytest.mark.integration


async def looked_at(database: Database, *checks: Check) -> dict[str, tuple[str, ...]]:
    registry = Registry([Feature("test", checks)], consumed=[Check])
    return {one.name: one.problems async for one in doctor.look_at_database(database, registry)}


async def test_a_house_in_use_is_well(hearth: Hearth) -> None:
    person, other = await hearth.account(), await hearth.account()
    await other.client.post(f"/v1/users/{person.username}/follow")
    await person.client.post("/v1/posts", json={"text": "Hello"})
    await hearth.settle()
    found = {one.name: one.problems async for one in doctor.look_at_database(hearth.database, hearth.runtime.registry)}
    assert {"database", "schema", "clock", "posts.counters", "users.counters"} <= found.keys()
    assert not any(found.values())


async def test_events_that_wait_for_long_are_told_of(hearth: Hearth) -> None:
    person = await hearth.account()
    await hearth.settle()
    await person.client.post("/v1/posts", json={"text": "Hello"})
    found: list[tuple[str, ...]] = []
    for minutes in (1, 7):
        with clock.shifted(timedelta(minutes=minutes)):
            looks = doctor.look_at_database(hearth.database, hearth.runtime.registry)
            found += [one.problems async for one in looks if one.name == "events"]
    [soon, (late,)] = found
    assert soon == ()
    assert re.search(r"the oldest for 0:07:\d\d\b", late)
    assert "hearth serve" in late


@pytest.mark.parametrize("name", ["relay", "relay to Kafka"])
async def test_a_relay_that_was_left_over_is_told_of(database: Database, name: str) -> None:
    async with line.opened(database, name=name) as held:
        assert await held.try_lock(LEADER_LOCK)
        assert await held.try_lock("another lock")
        found = (await looked_at(database))["events"]
        assert ["the relay is led by" in one for one in found] == ([] if name == "relay" else [True])
        with override(EventsSettings, kafka_bootstrap_servers="127.0.0.1:1"):
            found = (await looked_at(database))["events"]
        assert ["knows of no Kafka" in one for one in found] == ([True] if name == "relay" else [])
    # The server's side of a connection that was closed ends a little later, and its locks with it.
    async with asyncio.timeout(30):
        while (await looked_at(database))["events"] != ():
            pass


async def test_a_check_tells_what_it_found(database: Database) -> None:
    async def counters(_session: ReadSession) -> Sequence[str]:
        return ["post 1: 2 replies kept, 3 found"]

    found = await looked_at(database, Check("posts.counters", counters))
    assert found["posts.counters"] == ("post 1: 2 replies kept, 3 found",)


async def test_a_check_that_fails_is_a_finding_and_the_others_are_looked_at(database: Database) -> None:
    async def broken(session: ReadSession) -> Sequence[str]:
        await session.execute(text("SELECT * FROM there_is_no_such_table"))
        return []

    async def sound(_session: ReadSession) -> Sequence[str]:
        return []

    found = await looked_at(database, Check("broken", broken), Check("sound", sound))
    assert "could not be looked at" in found["broken"][0]
    assert "\n" not in found["broken"][0]
    assert found["sound"] == ()


async def test_a_check_may_take_its_time_and_writes_nothing(database: Database) -> None:
    async def limits(session: ReadSession) -> Sequence[str]:
        names = ("statement_timeout", "transaction_timeout", "transaction_read_only")
        return [str(await session.scalar(text(f"SHOW {name}"))) for name in names]

    async with database.read() as session:
        usual = await session.scalar(text("SHOW statement_timeout"))
    assert usual != "0"
    assert (await looked_at(database, Check("limits", limits)))["limits"] == ("0", "0", "on")
    async with database.read() as session:
        assert await session.scalar(text("SHOW statement_timeout")) == usual


async def test_a_schema_that_is_behind(database: Database) -> None:
    async with database.write() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '0001_ground'"))
    assert "hearth migrate" in (await looked_at(database))["schema"][0]


@pytest.mark.parametrize(("by", "which"), [(timedelta(seconds=10), "behind"), (timedelta(seconds=-10), "ahead of")])
async def test_clocks_that_differ(database: Database, by: timedelta, which: str) -> None:
    with clock.shifted(by):
        found = re.search(rf"([\d.]+) s {which} this machine", (await looked_at(database))["clock"][0])
    assert found is not None
    # Measured against the middle of the way there and back, whose halves differ on a busy machine.
    assert abs(float(found[1]) - 10) < 2


def test_secrets_that_others_could_read(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    keys, state = tmp_path / "keys.json", tmp_path / "postgres/state.json"
    state.parent.mkdir()
    for file in (keys, state):
        file.touch(mode=0o600)
    assert not list(disk.open_to_others(tmp_path))
    tmp_path.chmod(0o750)
    keys.chmod(0o640)
    state.chmod(0o604)
    certificate_key = tmp_path / "key.pem"
    certificate_key.write_text("")
    certificate_key.chmod(0o666)
    found = "\n".join(disk.open_to_others(tmp_path, certificate_key, None))
    for cure in (f"chmod 700 {tmp_path}", f"chmod 600 {keys}", f"chmod 600 {state}", f"chmod 600 {certificate_key}"):
        assert cure in found


def test_the_disk_of_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    assert disk.usage(tmp_path / "not/made/yet")[1] == disk.usage(tmp_path)[1] > 0


def test_the_machine_is_looked_at_without_a_database(tmp_path: Path) -> None:
    settings = Settings(environment=Environment.DEVELOPMENT, HEARTH_DATA=tmp_path, tls_cert=tmp_path / "cert.pem")
    found = {one.name: one.problems for one in doctor.look_at_machine(settings)}
    assert found.keys() == {"settings", "disk", "permissions"}
    assert "TLS_CERT and TLS_KEY" in found["settings"][0]
