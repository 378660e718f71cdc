"""Two processes between whom a bus loses, doubles, delays and reorders what it carries: every socket reads the log."""

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import orjson
import pytest
from fastapi import FastAPI

from src.config import Settings
from src.database import Database
from src.events.handlers import StreamEcho
from src.realtime.hub import Hub
from tests.hearth import Person
from tests.realtime.rooms import ROOMS
from tests.realtime.served import Client, Served, client
from tests.realtime.test_processes import FAST, process

ENTRIES = 60
STREAM = "room:1"


@dataclass
class Bus:
    """Stands between the events and the hub of a process."""

    hub: Hub
    moments: random.Random
    delayed: list[tuple[str, int]] = field(default_factory=list)
    fates: set[str] = field(default_factory=set)

    def carry(self, stream: str, ev: int, _resources: Mapping[str, object]) -> None:
        """As likely as not it goes wrong."""
        fate = self.moments.choice(["through", "twice", "lost", "late"])
        channel = self.hub.channels.get(stream)
        if fate == "lost" and (channel is None or not channel.is_followed):
            # Of a stream that nobody reads here nothing is looked for.
            fate = "late"
        self.fates.add(fate)
        if fate in {"through", "twice"}:
            for _ in range(2 if fate == "twice" else 1):
                self.hub.hint(stream, ev)
        if fate == "late":
            self.delayed.append((stream, ev))
        elif self.delayed:
            self.release()

    def release(self) -> None:
        """What was late comes in any order, and some of it once more."""
        late, self.delayed = self.delayed, []
        self.moments.shuffle(late)
        for stream, ev in late + late[:1]:
            self.hub.hint(stream, ev)


@contextmanager
def faulty(served: Served, seed: int) -> Iterator[Bus]:
    """Such a bus for the length of the block."""
    bus = Bus(served.hub, random.Random(seed))
    everywhere = served.house.runtime.events._everywhere
    before, everywhere._echoes = everywhere._echoes, (StreamEcho(bus.carry),)
    yield bus
    everywhere._echoes = before
    bus.release()


async def read(socket: Client, upto: int) -> list[object]:
    """The numbers that a socket gets, as they come, until this one."""
    found: list[object] = []
    while upto not in found:
        found.append((await socket.events(STREAM, 1))[0]["ev"])
    return found


@pytest.mark.parametrize("limits", [FAST])
@pytest.mark.parametrize("seed", [1, 2])
async def test_a_bus_that_does_all_wrong_makes_no_log_wrong(
    served: Served, app_with_rooms: FastAPI, settings: Settings, database: Database, seed: int
) -> None:
    moments = random.Random(seed)
    stays, moves = await served.house.account(), await served.house.account()
    await ROOMS.write(database, 1, "come in", joins=[stays.id])
    wanted: list[object] = []
    said: list[int] = []
    async with (
        process(app_with_rooms, settings, database) as elsewhere,
        client(served, stays) as here,
        client(elsewhere, stays) as there,
        client(served, moves) as mover,
    ):
        with faulty(served, seed) as one, faulty(elsewhere, seed + 10) as other:
            for ev in range(2, ENTRIES):
                await _write(moments.choice((served, elsewhere)), moments, moves, ev, wanted, said)
            assert one.fates == other.fates == {"through", "twice", "lost", "late"}
        # The last one lets everybody in.
        await ROOMS.write(served.house.database, 1, "the end", joins=[moves.id])
        for socket in (here, there):
            assert await read(socket, ENTRIES) == list(range(2, ENTRIES + 1))
        assert await read(mover, ENTRIES) == [*wanted, ENTRIES]


async def _write(
    place: Served, moments: random.Random, moves: Person, ev: int, wanted: list[object], said: list[int]
) -> None:
    """The next entry, written at a place and sometimes told of by the fast path, which also repeats what is past."""
    is_in = moves.id in ROOMS.members[1]
    turns = moments.random() < 0.2
    told = [moves.id] if turns else []
    assert await ROOMS.write(place.house.database, 1, str(ev), joins=told * (not is_in), leaves=told * is_in) == ev
    if is_in or turns:
        wanted.append(ev)
    if not turns:
        said.append(ev)
        for one in moments.sample([ev, moments.choice(said)], moments.randint(0, 2)):
            place.hub.push(STREAM, one, "said", lambda one=one: orjson.dumps({"text": str(one)}))  # type: ignore[misc]
