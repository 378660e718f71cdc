"""Who reads slowly, or not at all, costs bounded memory and holds up nobody."""

import socket as sockets

import orjson
import pytest

from src.realtime.constants import FULL_BYTES
from src.server import MAX_WEBSOCKET_MESSAGE
from tests.realtime.rooms import ROOMS
from tests.realtime.served import Served, client, until
from tests.realtime.test_resuming import numbers, page

BIG = "x" * 50_000


def narrow(served: Served) -> sockets.socket:
    """A connection in which little is on its way, so that the server has to keep what is not read."""
    made = sockets.socket()
    made.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 64 * 1024)
    made.connect(("127.0.0.1", served.port))
    return made


def waiting(served: Served, account_id: int) -> int:
    """What waits to be written for an account."""
    (connection,) = served.hub.of_account(account_id)
    return connection._socket.waiting_bytes


@pytest.mark.parametrize("limits", [{"realtime_ping_seconds": 250, "realtime_burst": 1000}])
async def test_who_was_slow_is_told_what_it_missed_and_fetches_it(served: Served) -> None:
    house = served.house
    ada, bob = await house.account(), await house.account()
    await ROOMS.write(house.database, 1, "come in", joins=[ada.id, bob.id])
    async with client(served, ada, sock=narrow(served)) as slow, client(served, bob) as quick:
        slow.connection.transport.pause_reading()
        last = 1
        peak = 0
        for _ in range(40):
            last = await ROOMS.write(house.database, 1, BIG)
            await quick.events("room:1", 1)
            peak = max(peak, waiting(served, ada.id))
        assert peak > 0
        assert peak < FULL_BYTES + 2 * MAX_WEBSOCKET_MESSAGE
        served.hub.ephemeral("room:1", "typing", orjson.dumps({"account": "7"}))
        await quick.find(lambda one: one.get("op") == "eph")
        slow.connection.transport.resume_reading()
        lag = await slow.find(lambda one: one.get("op") == "lag")
        assert lag["streams"] == ["room:1"]
        assert not [one for one in slow.objects if one.get("op") == "eph"]
        pushed = [one["ev"] for one in slow.objects if one.get("op") == "ev"]
        assert pushed == list(range(2, 2 + len(pushed)))
        slow.objects.clear()
        seen = list(pushed)
        while len(seen) < last - 1:
            seen += numbers(await page(slow, "room:1", 1 + len(seen)))
        assert seen == list(range(2, last + 1))
        await ROOMS.write(house.database, 1, "small")
        assert await slow.texts("room:1", 1) == [(last + 1, "small")]


@pytest.mark.parametrize(
    "limits", [{"realtime_slow_seconds": 0.2, "realtime_ping_seconds": 0.5, "realtime_pong_seconds": 60}]
)
async def test_who_never_reads_is_closed_in_the_end(served: Served) -> None:
    house = served.house
    ada = await house.account()
    await ROOMS.write(house.database, 1, "come in", joins=[ada.id])
    async with client(served, ada, sock=narrow(served)) as slow:
        slow.connection.transport.pause_reading()
        (connection,) = served.hub.of_account(ada.id)
        # A write may take longer than the server waits for who does not read.
        while connection.full_since is None and not connection.is_over():
            await ROOMS.write(house.database, 1, BIG)
        await until(lambda: served.hub.sockets == 0)


async def test_who_asks_and_never_reads_the_answers_is_not_read_either(served: Served) -> None:
    house = served.house
    ada, bob = await house.account(), await house.account()
    await ROOMS.write(house.database, 1, "come in", joins=[ada.id])
    for _ in range(5):
        await ROOMS.write(house.database, 1, BIG)
    served.hub.settings = served.hub.settings.model_copy(update={"realtime_rate": 1e6, "realtime_burst": 10**6})
    async with client(served, bob) as other, client(served, ada, sock=narrow(served)) as slow:
        (connection,) = served.hub.of_account(ada.id)
        slow.connection.transport.pause_reading()
        asked = orjson.dumps({"op": "sync", "id": 1, "stream": "room:1", "since": 0}).decode()
        for _ in range(400):
            before = connection.heard_at
            await slow.connection.send(asked)
            await until(lambda: connection.is_heavy or (connection.heard_at > before and connection.busy == 0))  # noqa: B023  at once
            if connection.is_heavy:
                break
        heard_at = connection.heard_at
        for _ in range(20):
            await slow.connection.send(asked)
        assert "ok" in await other.ask(op="sync", stream="own", since=0)
        assert connection.heard_at == heard_at
        assert waiting(served, ada.id) < FULL_BYTES + 2 * MAX_WEBSOCKET_MESSAGE + 300_000
