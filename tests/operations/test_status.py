"""What operators see of a running house: sizes, and whether the work keeps up."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from src import clock
from src.operations import queries, readiness, status
from tests.hearth import Hearth

pytestmark = pytest.mark.integration


async def look(hearth: Hearth) -> status.Status:
    async with hearth.database.read() as session:
        return await status.read(session, hearth.runtime.registry)


async def test_a_fresh_house(hearth: Hearth) -> None:
    found = await look(hearth)
    assert found.postgresql.startswith("18")
    assert found.database_bytes > 1_000_000
    assert found.revision == readiness.history().head
    assert (found.accounts, found.posts, found.dead_letters, found.tasks) == (0, 0, 0, {})
    assert found.lag is None


async def test_sizes_are_those_that_postgresql_keeps(hearth: Hearth) -> None:
    for _ in range(3):
        await hearth.account()
    person = await hearth.account()
    for number in range(5):
        await person.client.post("/v1/posts", json={"text": f"Post {number}"})
    async with hearth.database.write() as session:
        # Flushed by the session itself at its end, at the latest.
        await session.execute(text("SELECT pg_stat_force_next_flush()"))
    async with hearth.database.read() as session:
        assert await queries.estimate(session, ("accounts", "posts")) == {"accounts": 4, "posts": 5}


async def test_an_event_that_waits_shows_its_age_until_it_is_handled(hearth: Hearth) -> None:
    await hearth.settle()
    person = await hearth.account()
    await person.client.post("/v1/posts", json={"text": "Hello"})
    with clock.shifted(timedelta(minutes=5)):
        waiting = (await look(hearth)).lag
    assert waiting is not None
    assert timedelta(minutes=5) <= waiting < timedelta(minutes=6)
    await hearth.settle()
    assert (await look(hearth)).lag is None


async def test_events_that_nobody_listens_to_do_not_wait(hearth: Hearth) -> None:
    await hearth.settle()
    async with hearth.database.write() as session:
        await session.execute(
            text("INSERT INTO outbox (actor_id, type, payload, at) VALUES (0, 'nobody.listens', '{}', now())")
        )
    assert (await look(hearth)).lag is None


async def test_tasks_and_dead_letters_are_counted(hearth: Hearth) -> None:
    async with hearth.database.write() as session:
        for state in ("done", "failed", "done"):
            await session.execute(
                text(
                    "INSERT INTO tasks (kind, payload, state, done, attempts, turn, due_at, created_at)"
                    " VALUES ('test', '{}', :state, 0, 0, 0, now(), now())"
                ),
                {"state": state},
            )
        await session.execute(
            text(
                "INSERT INTO dead_letters (subscription, gid, actor_id, type, payload, at, error, attempts, died_at)"
                " VALUES ('test', 1, 0, 'a.b', '{}', now(), 'e', 8, now())"
            )
        )
    found = await look(hearth)
    assert found.tasks == {"done": 2, "failed": 1}
    assert found.dead_letters == 1
