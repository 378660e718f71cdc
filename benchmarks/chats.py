"""Rows of chats: acknowledged messages a second over sockets, against the bare statement by the driver.

The floor is a process that does nothing but send one prepared statement (the chat's counters, the message, its event)
over as many connections as Hearth sends over. Hearth takes its messages from sockets of another process, knows who
sends them and whether they may, tells readers and answers. Nothing is bound to a core.
"""

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from statistics import median

import httpx

from benchmarks import chat_bare, chat_load, chat_set, house, rows
from src.chats import batching

_PORT = 8721
_SECONDS = 2.0
_ROUNDS = 5
_CHATS = 1_000
_SENDERS = 200
_PEOPLE = 2_200
# Turns of the load that lets messages join: about as many as one lane takes at once, for each lane.
_TURNS = 200
_FEW = 20
_MANY = 2_000
# A moderate load: messages a second between this many pairs.
_RATE = 500.0
_PAIRS = 50
# No limit of what one socket may ask is measured here.
ROOMY = {"REALTIME_RATE": "1000000", "REALTIME_BURST": "1000000"}

_TABLES = "SELECT format('%I', tablename) AS name FROM pg_tables WHERE schemaname = 'public'"


async def sending() -> list[rows.Row]:
    """To 1,000 chats one by one and joined, to one chat by 200 at once, to a chat of 20."""
    async with house.house() as place:
        people = await chat_set.people(place, _PEOPLE)
        many = await chat_set.chats(place, [[people[n % _SENDERS]] for n in range(_CHATS)], series=1)
        # Nobody of those with sockets: of a person's chats, a socket reads the latest ones only.
        other = people[_SENDERS]
        bare = await chat_set.chats(place, [[other]] * _CHATS, series=2)
        hot, small = await chat_set.chats(place, [people[:_SENDERS], people[:_FEW]], series=3)
        tokens = [one.token for one in people[:_SENDERS]]
        few = [_job(tokens[:_FEW], [[(0, small)]] * each, readers=_FEW, until_read=True) for each in (1, 8)]
        measured: dict[str, Callable[[], Awaitable[float]]] = {
            "floor": lambda: _floor(place, bare, other),
            "insert": lambda: chat_bare.inserts(place, bare[0], other.account_id, seconds=_SECONDS),
            "single": lambda: _answers(_job(tokens, _lanes(many))),
            "joined": lambda: _answers(_job(tokens, _turns(many))),
            "hot": lambda: _answers(_job(tokens, [[(number, hot)] for number in range(_SENDERS)], readers=_SENDERS)),
            "alone": lambda: _answers(few[0]),
            "eight": lambda: _answers(few[1]),
        }
        async with house.hearth(place, _PORT, pinned=False, more=ROOMY):
            # In turns: the machine may be slower a minute later.
            rounds = [{name: await one() for name, one in measured.items()} for _ in range(_ROUNDS)]
    found = {name: median(one[name] for one in rounds) for name in measured}
    name = f"sends of {_SENDERS} to one chat, all reading, against {_CHATS:,}"
    of_floor = {"one a statement": ("single", 0.35), "joined": ("joined", 0.5)}
    of_insert = {"": ("alone", 0.36), ", 8 under way": ("eight", 0.36)}
    return [
        *(
            rows.at_least(f"sends to {_CHATS:,} chats, {how}", found[one], "sends/s", found["floor"], goal)
            for how, (one, goal) in of_floor.items()
        ),
        rows.at_least(name, found["hot"], "sends/s", found["joined"], 0.7),
        *(
            rows.at_least(f"sends to {_FEW} readers{how}, against INSERT", found[one], "sends/s", found["insert"], goal)
            for how, (one, goal) in of_insert.items()
        ),
    ]


async def waiting() -> list[rows.Row]:
    """Until the peer has it at a moderate load, and the rows that a send writes."""
    async with house.house() as place:
        people = await chat_set.people(place, _PEOPLE)
        pairs = await chat_set.chats(place, [[people[2 * n], people[2 * n + 1]] for n in range(_PAIRS)], series=1)
        few, many = await chat_set.chats(place, [people[:_FEW], people[:_MANY]], series=2)
        other = people[2 * _PAIRS]
        bare = await chat_set.chats(place, [[other]] * _PAIRS, series=3)
        async with house.hearth(place, _PORT, pinned=False, more=ROOMY):
            floors, results = [], []
            for _ in range(_ROUNDS):
                floors.append(await _floor_paced(place, bare, other))
                results.append(await chat_load.run(pairs_job(_PORT, people, pairs, seconds=_SECONDS)))
            # The most of some: what is written over before it is counted, such as by the job of search, is not seen.
            written = [
                max([await _rows_written(place, people[0], chat_id) for _ in range(_ROUNDS)]) for chat_id in (few, many)
            ]
    p50, p99 = median(one.last_p50 for one in results), median(one.last_p99 for one in results)
    beside = f"p50 {p50:.1f}; p99 of the bare statement {median(floors):.1f}"
    return [
        rows.at_most(f"send to peer at {_RATE:g}/s, p99 ({beside})", p99, "ms", None, 10.0),
        rows.at_most(
            f"rows written by a send to {_MANY:,} members, against {_FEW}", written[1], "rows", written[0], 1.0
        ),
    ]


def pairs_job(port: int, people: Sequence[chat_set.Person], pairs: Sequence[int], *, seconds: float) -> chat_load.Job:
    """People who write to each other in twos, on a fixed schedule."""
    return chat_load.Job(
        port,
        [one.token for one in people[: 2 * len(pairs)]],
        [[(2 * number + side, chat_id)] for number, chat_id in enumerate(pairs) for side in (0, 1)],
        readers=2,
        rate=_RATE,
        seconds=seconds,
    )


async def _rows_written(place: house.House, sender: chat_set.Person, chat_id: int) -> int:
    """Rows of all tables that the transaction of one send has written."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{_PORT}") as client:
        headers = {"Authorization": f"Bearer {sender.token}"}
        answer = await client.post(f"/v1/chats/{chat_id}/messages", json={"text": "How many?"}, headers=headers)
        assert answer.status_code == HTTPStatus.CREATED, answer.text
    connection = await place.connect()
    xid = await connection.fetchval("SELECT xmin::text FROM messages WHERE id = $1", int(answer.json()["id"]))
    counts = [
        await connection.fetchval(f"SELECT count(*) FROM {row['name']} WHERE xmin::text = $1", xid)  # noqa: S608  ours
        for row in await connection.fetch(_TABLES)
    ]
    await connection.close()
    return sum(counts)


async def _floor(place: house.House, chat_ids: Sequence[int], sender: chat_set.Person) -> float:
    return await chat_bare.sends(place, chat_ids, sender.account_id, connections=batching.LANES, seconds=_SECONDS)


async def _floor_paced(place: house.House, chat_ids: Sequence[int], sender: chat_set.Person) -> float:
    return await chat_bare.paced(
        place, chat_ids, sender.account_id, connections=batching.LANES, rate=_RATE, seconds=_SECONDS
    )


def _job(
    tokens: list[str], turns: list[list[tuple[int, int]]], *, readers: int = 1, until_read: bool = False
) -> chat_load.Job:
    return chat_load.Job(_PORT, tokens, turns, readers=readers, until_read=until_read, seconds=_SECONDS)


async def _answers(job: chat_load.Job) -> float:
    """How many a second were answered."""
    return (await chat_load.run(job)).answers


def _lanes(chat_ids: Sequence[int]) -> list[list[tuple[int, int]]]:
    """One message under way in each lane: nothing to join."""
    pairs = [(number % _SENDERS, chat_id) for number, chat_id in enumerate(chat_ids)]
    return [[pair for pair in pairs if pair[1] % batching.LANES == lane] for lane in range(batching.LANES)]


def _turns(chat_ids: Sequence[int]) -> list[list[tuple[int, int]]]:
    pairs = [(number % _SENDERS, chat_id) for number, chat_id in enumerate(chat_ids)]
    return [pairs[number::_TURNS] for number in range(_TURNS)]
