"""A chat that somebody holds is waited for, and holds up no other."""

import asyncio
import time

import asyncpg
import pytest

from src.chats.batching import LANES, MAX_BATCH, Batcher
from src.chats.sending import Sent
from src.database import Database
from tests.chats import building
from tests.hearth import Hearth
from tests.users.test_concurrency import wait_event

pytestmark = pytest.mark.integration

# Milliseconds for a lock.
QUICK, PATIENT = 100, 60_000


async def test_a_chat_that_is_held_holds_up_no_other_and_keeps_its_order(hearth: Hearth) -> None:
    database = hearth.database
    limits = ({"lock_timeout": str(wait), "statement_timeout": str(PATIENT)} for wait in (QUICK, PATIENT))
    quick, patient = (database.apart(LANES, limit) for limit in limits)
    batcher = Batcher(quick, patient)
    (account_id,) = await building.people(database, 1)
    ids = [await building.chat(database, [account_id]) for _ in range(4 * LANES)]
    # Four of one lane at least.
    crowded = next(lane for lane in range(LANES) if sum(id_ % LANES == lane for id_ in ids) >= 4)
    held, held_too, *others = [id_ for id_ in ids if id_ % LANES == crowded]

    def send(chat_id: int, text: str) -> "asyncio.Future[Sent | None]":
        return batcher.send(building.draft(chat_id, account_id, text), lambda _: None)

    async with database.write() as session:
        await session.fetch("SELECT 1 FROM chats WHERE id = ANY ($1) FOR UPDATE", [[held, held_too]])
        of_held = [send(held, "0")]
        beside = send(others[0], "a")
        await wait_event(hearth)
        # These come while the lane is busy with the first two.
        of_held.append(send(held, "1"))
        behind = send(others[1], "b")
        assert await beside
        of_held.append(send(held, "2"))
        assert await behind
        # Another one that is held uses up the lane's patience once more, and that of the first one is greater.
        of_another = send(held_too, "x")
        assert await send(others[0], "c")
        assert not any(one.done() for one in (*of_held, of_another))
    assert await of_another
    assert [sent and sent.seq for sent in await asyncio.gather(*of_held)] == [1, 2, 3]
    assert [text for _, _, text in await building.log(database, held)] == ["0", "1", "2"]
    # And is a chat like any other again.
    assert not batcher._apart
    assert await send(held, "3")
    await batcher.close()
    await asyncio.gather(quick.close(), patient.close())


async def test_who_waits_for_a_chat_that_stays_held_is_told_so(database: Database) -> None:
    quick = database.apart(LANES, {"lock_timeout": str(QUICK), "statement_timeout": str(PATIENT)})
    batcher = Batcher(quick, quick)
    (account_id,) = await building.people(database, 1)
    held = await building.chat(database, [account_id])
    async with database.write() as session:
        await session.fetch("SELECT 1 FROM chats WHERE id = $1 FOR UPDATE", [held])
        sends = [batcher.send(building.draft(held, account_id), lambda _: None) for _ in range(MAX_BATCH)]
        begun = time.monotonic()
        results = await asyncio.gather(*sends, return_exceptions=True)
        # Not one after the other.
        assert time.monotonic() - begun < MAX_BATCH * QUICK / 1000
    assert {type(result) for result in results} == {asyncpg.LockNotAvailableError}
    await batcher.close()
    await quick.close()
