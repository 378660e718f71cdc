"""The statement that sends and the batcher around it: dense numbers, each message once, whatever happens at once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import delete, select

from src import clock
from src.chats import events, models, service_events
from src.chats.batching import Batcher
from src.chats.constants import ChatKind
from src.chats.sending import SEND, Draft, Sent, arguments
from src.database import Database
from src.groups import models as groups_models
from src.users import models as users_models
from tests.chats import building


@pytest.fixture
async def batcher(database: Database) -> AsyncIterator[Batcher]:
    """A batcher of its own."""
    found = Batcher(database, database)
    yield found
    await found.close()


async def send(batcher: Batcher, draft: Draft) -> Sent | None:
    """Sends without telling anybody."""
    return await batcher.send(draft, lambda _: None)


async def test_many_senders_in_many_chats_get_dense_numbers_and_keep_their_order(
    database: Database, batcher: Batcher
) -> None:
    other = Batcher(database, database)
    people = await building.people(database, 4)
    chats = [await building.chat(database, people) for _ in range(3)]

    async def talk(account_id: int, place: int) -> None:
        for number in range(20):
            via = batcher if (place + number) % 2 else other
            assert await send(via, building.draft(chats[number % 3], account_id, f"{place} {number:02}"))

    await asyncio.gather(*(talk(account_id, place) for place, account_id in enumerate(people)))
    await other.close()
    seen: Counter[str] = Counter()
    for chat_id in chats:
        rows = await building.log(database, chat_id)
        assert [seq for seq, _, _ in rows] == list(range(1, len(rows) + 1))
        assert await building.entries(database, chat_id) == [(seq, "chats.message_sent") for seq, _, _ in rows]
        for place in range(4):
            own = [text for _, _, text in rows if text.startswith(f"{place} ")]
            assert own == sorted(own)
        seen.update(text for _, _, text in rows)
    assert len(seen) == 80
    assert set(seen.values()) == {1}


async def test_what_one_sends_while_another_statement_runs_keeps_its_order(
    database: Database, batcher: Batcher
) -> None:
    (account_id,) = await building.people(database, 1)
    chat_id = await building.chat(database, [account_id])
    sends = [send(batcher, building.draft(chat_id, account_id, f"{number:02}")) for number in range(30)]
    results = await asyncio.gather(*sends)
    assert [sent.seq for sent in results if sent] == list(range(1, 31))
    assert [text for _, _, text in await building.log(database, chat_id)] == [f"{number:02}" for number in range(30)]


async def test_the_same_client_id_is_taken_once_whoever_is_first(database: Database, batcher: Batcher) -> None:
    other = Batcher(database, database)
    (account_id,) = await building.people(database, 1)
    chat_id = await building.chat(database, [account_id])
    for _ in range(10):
        draft = building.draft(chat_id, account_id)
        results = await asyncio.gather(
            *(send(one, draft) for one in (batcher, other, batcher, other)), return_exceptions=True
        )
        assert sum(isinstance(result, Sent) for result in results) == 1
        refused = [result for result in results if not isinstance(result, Sent)]
        assert all(result is None or isinstance(result, asyncpg.UniqueViolationError) for result in refused)
    await other.close()
    assert [seq for seq, _, _ in await building.log(database, chat_id)] == list(range(1, 11))


async def test_one_that_is_refused_takes_no_other_along(database: Database, batcher: Batcher) -> None:
    member, stranger = await building.people(database, 2)
    chat_id = await building.chat(database, [member])
    used = uuid4()
    assert await send(batcher, building.draft(chat_id, member, "first", cid=used))
    drafts = [
        building.draft(chat_id, member, "a"),
        building.draft(chat_id, stranger, "never"),
        building.draft(chat_id, member, "again", cid=used),
        building.draft(chat_id, member, "in reply to nothing", reply_to_id=12345),
        building.draft(chat_id, member, "b"),
    ]
    results = await asyncio.gather(*(send(batcher, draft) for draft in drafts))
    assert [result and result.seq for result in results] == [2, None, None, None, 3]
    assert [text for _, _, text in await building.log(database, chat_id)] == ["first", "a", "b"]


async def test_who_has_been_removed_has_not_sent_afterwards(database: Database, batcher: Batcher) -> None:
    owner, member = await building.people(database, 2)
    for _ in range(5):
        chat_id = await building.chat(database, [owner, member])

        async def remove(chat_id: int = chat_id) -> None:
            async with database.write() as session:
                belonging = groups_models.GroupMember
                await session.execute(
                    delete(belonging).where(belonging.group_id == chat_id, belonging.account_id == member)
                )
                left = events.MemberLeft(actor_id=owner, chat_id=chat_id, account_id=member)
                await service_events.tell(session, left)
                seat = models.Seat
                await session.execute(delete(seat).where(seat.chat_id == chat_id, seat.account_id == member))

        sends = [send(batcher, building.draft(chat_id, member, str(number))) for number in range(10)]
        await asyncio.gather(remove(), *sends[:5])
        assert await asyncio.gather(*sends[5:]) == [None] * 5
        # Nothing comes after the removal, whose number is the last one that was given.
        async with database.read() as session:
            last_ev = await session.scalar(select(models.Chat.last_ev).where(models.Chat.id == chat_id))
        assert last_ev == len(await building.log(database, chat_id)) + 1
        assert all(ev is not None and ev < last_ev for ev, _ in await building.entries(database, chat_id))


async def test_sends_to_several_chats_in_any_order_do_not_wait_for_each_other_for_ever(database: Database) -> None:
    people = await building.people(database, 2)
    chats = [await building.chat(database, people) for _ in range(4)]

    async def send_all(order: list[int], account_id: int) -> int:
        drafts = [building.draft(chat_id, account_id) for chat_id in order]
        return len(await SEND.alone(database, **arguments(drafts, clock.now())))

    for _ in range(10):
        numbers = await asyncio.gather(send_all(chats, people[0]), send_all(chats[::-1], people[1]))
        assert list(numbers) == [4, 4]
    # Each chat counts for itself, whatever else is in the statement.
    for chat_id in chats:
        assert [seq for seq, _, _ in await building.log(database, chat_id)] == list(range(1, 21))
        assert [ev for ev, _ in await building.entries(database, chat_id)] == list(range(1, 21))


async def test_rules_of_the_chat_hold_in_the_statement(database: Database, batcher: Batcher) -> None:
    owner, member = await building.people(database, 2)
    announcing = await building.chat(database, [owner, member], is_read_only=True)
    assert await send(batcher, building.draft(announcing, owner))
    assert await send(batcher, building.draft(announcing, member)) is None
    slow = await building.chat(database, [owner, member], slow_mode_seconds=10)
    both = [building.draft(slow, member) for _ in range(2)]
    assert len(await SEND.alone(database, **arguments(both, clock.now()))) == 1
    assert await send(batcher, building.draft(slow, member)) is None
    assert await send(batcher, building.draft(slow, owner))
    assert await send(batcher, building.draft(slow, owner))
    with clock.shifted(timedelta(seconds=11)):
        assert await send(batcher, building.draft(slow, member))


async def test_a_block_ends_a_direct_chat_in_both_directions(database: Database, batcher: Batcher) -> None:
    one, two = await building.people(database, 2)
    chat_id = await building.chat(database, [one, two], kind=ChatKind.DIRECT)
    assert await send(batcher, building.draft(chat_id, one))
    async with database.write() as session:
        session.add(users_models.Block(blocker_id=two, blocked_id=one))
    assert await send(batcher, building.draft(chat_id, one)) is None
    assert await send(batcher, building.draft(chat_id, two)) is None


async def test_replies_and_threads_refer_to_messages_of_the_same_chat(database: Database, batcher: Batcher) -> None:
    people = await building.people(database, 1)
    chat_id, elsewhere = await building.chat(database, people), await building.chat(database, people)
    first = await send(batcher, building.draft(chat_id, people[0]))
    assert first is not None
    reply = await send(batcher, building.draft(chat_id, people[0], reply_to_id=first.id, thread_id=first.id))
    assert reply is not None
    assert await send(batcher, building.draft(chat_id, people[0], thread_id=reply.id)) is None
    assert await send(batcher, building.draft(elsewhere, people[0], reply_to_id=first.id)) is None
    assert await send(batcher, building.draft(elsewhere, people[0], thread_id=first.id)) is None


async def test_whoever_writes_has_read_what_was_before(database: Database, batcher: Batcher) -> None:
    one, two = await building.people(database, 2)
    chat_id = await building.chat(database, [one, two])
    for sender in (one, one, two, one):
        await send(batcher, building.draft(chat_id, sender))
    seat = models.Seat
    async with database.read() as session:
        rows = await session.execute(select(seat.account_id, seat.read_seq))
        marks = {row.account_id: row.read_seq for row in rows}
    assert marks == {one: 4, two: 3}


async def test_a_sender_who_goes_away_is_sent_all_the_same_and_told_once(database: Database, batcher: Batcher) -> None:
    (account_id,) = await building.people(database, 1)
    chat_id = await building.chat(database, [account_id])
    told: list[Sent] = []
    waiting = batcher.send(building.draft(chat_id, account_id), told.append)
    await asyncio.sleep(0)
    waiting.cancel()
    await batcher.close()
    assert [sent.seq for sent in told] == [1]
    assert [seq for seq, _, _ in await building.log(database, chat_id)] == [1]


async def test_a_sender_is_answered_also_if_telling_others_fails(database: Database, batcher: Batcher) -> None:
    (account_id,) = await building.people(database, 1)
    chat_id = await building.chat(database, [account_id])

    def fail(_sent: Sent) -> None:
        raise RuntimeError

    for number in (1, 2):
        sent = await batcher.send(building.draft(chat_id, account_id), fail)
        assert sent is not None
        assert sent.seq == number
