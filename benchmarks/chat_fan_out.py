"""Rows of fan-out: one message to 20, 200 and 1,000 sockets, against a loop that writes the same bytes to as many.

Both tell of entries that no table holds: what is compared is the way from an entry to its readers, who live in a
process that is the same for both. Server and readers have a core each.
"""

from statistics import median

from benchmarks import chat_load, chat_set, chats, house, rows

_PORT, _LOOP_PORT = 8722, 8723
_READERS = (20, 200, 1_000)
_UNDER_WAY = (1, 8)
_ROUNDS = 3
_SECONDS = 1.5
_WARM_UP = 0.5


async def told() -> list[rows.Row]:
    """Deliveries a second: the next message when all have the last one, and with eight under way."""
    async with house.house() as place:
        people = await chat_set.people(place, max(_READERS) + 1)
        # The first one asks, and reads nothing.
        circles = [people[1 : readers + 1] for readers in _READERS]
        found = []
        environment = place.environment() | chats.ROOMY
        async with (
            house.serving(["benchmarks.chat_app", str(_PORT)], _PORT, "/health/live", environment),
            house.serving(["benchmarks.chat_loop", str(_LOOP_PORT)], _LOOP_PORT, "/", environment),
        ):
            for number, readers in enumerate(_READERS):
                (chat_id,) = await chat_set.chats(place, circles[number : number + 1], series=number)
                tokens = [one.token for one in people[: readers + 1]]
                found += [await _compared(tokens, chat_id, each) for each in _UNDER_WAY]
        return found


async def stored() -> list[rows.Row]:
    """Until the last of 1,000 has a message that is stored."""
    readers = _READERS[-1]
    async with house.house() as place:
        people = await chat_set.people(place, readers)
        (chat_id,) = await chat_set.chats(place, [people], series=1)
        async with house.hearth(place, _PORT, pinned=False, more=chats.ROOMY):
            job = chat_load.Job(
                _PORT, [one.token for one in people], [[(0, chat_id)]], readers=readers, until_read=True, seconds=8.0
            )
            result = await chat_load.run(job)
        name = f"the last of {readers:,} has a stored message, p99 (p50 {result.last_p50:.1f})"
        return [rows.at_most(name, result.last_p99, "ms", None, 10.0)]


async def _compared(tokens: list[str], chat_id: int, each: int) -> rows.Row:
    readers = len(tokens) - 1
    ours: list[float] = []
    floors: list[float] = []
    for _ in range(_ROUNDS):
        for port, figures in ((_LOOP_PORT, floors), (_PORT, ours)):
            job = chat_load.Job(
                port,
                tokens,
                [[(0, chat_id)]],
                readers=readers,
                until_read=True,
                each=each,
                operation="push",
                seconds=_SECONDS,
                warm_up=_WARM_UP,
                pinned=True,
            )
            figures.append((await chat_load.run(job)).deliveries)
    name = f"message to {readers:,} online, {each} under way"
    return rows.at_least(name, median(ours), "deliveries/s", median(floors), 0.8)
