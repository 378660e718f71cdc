"""Who is there, asked for many who watch each other, and what a clock that was ahead leaves behind."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import event, select, update

from src import clock
from src.auth import models as auth_models
from src.auth.constants import AccountState
from src.database import Database
from src.realtime import presence
from src.realtime.models import Presence, SocketCount
from src.users import models as users_models
from tests.chats import building
from tests.hearth import Hearth
from tests.users.test_concurrency import wait_event

pytestmark = pytest.mark.integration


async def test_many_who_watch_each_other_are_asked_for_at_once(database: Database) -> None:
    people = await building.people(database, 300)
    away, foe, fan, gone = people[:4]
    async with database.write() as session:
        await presence.note(session, people[1:])
        session.add_all(
            users_models.Block(blocker_id=blocker, blocked_id=blocked)
            for blocker, blocked in ((foe, people[-1]), (people[-1], fan))
        )
        await session.execute(
            update(auth_models.Account).where(auth_models.Account.id == gone).values(state=AccountState.SUSPENDED)
        )
    statements: list[object] = []

    def note(*told: object) -> None:
        statements.append(told[2])

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        async with database.read() as reading:
            found = await presence.present(reading, people, people)
    finally:
        # The engine is lent to other tests, too.
        event.remove(engine, "before_cursor_execute", note)
    # Who is there, and who has blocked whom, both ways: none of it for each of them.
    assert len(statements) == 3
    everybody = set(people) - {away, gone}
    assert found.to(people[-1], people) == everybody - {foe, fan}
    assert found.to(foe, people) == everybody - {people[-1]}
    assert found.to(people[4], people) == everybody
    assert found.to(people[4], people[:3]) == {foe, fan}


async def test_nobody_is_there_because_a_clock_was_ahead(database: Database) -> None:
    ghost, guest = await building.people(database, 2)

    async def here() -> frozenset[int]:
        async with database.read() as session:
            return (await presence.present(session, [guest], [ghost, guest])).here

    with clock.shifted(timedelta(days=1)):
        async with database.write() as writing:
            await presence.note(writing, [ghost, guest])
            writing.add(SocketCount(process="ahead", sockets=7, seen_at=clock.now()))
    async with database.read() as session:
        assert await presence.sockets(session) == 0
    assert await here() == set()
    # Whoever really is there is noted anew.
    async with database.write() as writing:
        await presence.note(writing, [guest])
    assert await here() == {guest}
    # A clock that is a little behind takes nobody's time back.
    async with database.read() as session:
        noted = await session.scalar(select(Presence.seen_at).where(Presence.account_id == guest))
    with clock.shifted(-timedelta(seconds=30)):
        async with database.write() as writing:
            await presence.note(writing, [guest])
    async with database.read() as session:
        assert await session.scalar(select(Presence.seen_at).where(Presence.account_id == guest)) == noted
    # Nor is anybody there for ever.
    with clock.shifted(timedelta(minutes=2)):
        assert await here() == set()


async def test_who_hides_while_a_process_notes_them_is_not_there(hearth: Hearth) -> None:
    database = hearth.database
    ghost, guest = await building.people(database, 2)

    async def note() -> None:
        async with database.write() as session:
            await presence.note(session, [ghost, guest])

    await note()
    async with database.write() as hiding:
        await presence.share(hiding, ghost, shared=False)
        noting = asyncio.create_task(note())
        # It has looked who hides, and waits for the row.
        await wait_event(hearth)
    await noting
    async with database.read() as session:
        assert (await presence.present(session, [guest], [ghost, guest])).here == {guest}
