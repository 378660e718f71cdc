"""What is told to who reads, over real sockets of a real server."""

import orjson
import pytest

from tests.chats.rooms import good, room
from tests.realtime.rooms import ROOMS
from tests.realtime.served import Served, client


@pytest.mark.usefixtures("woken_alone")
async def test_hello_tells_where_one_stands_and_then_what_happens(served: Served) -> None:
    house = served.house
    ada, bob = await house.account(), await house.account()
    await ROOMS.write(house.database, 1, "come in", joins=[ada.id, bob.id])
    async with client(served, ada) as first, client(served, bob) as second:
        assert first.greeting["account"] == str(ada.id)
        assert first.greeting["heads"] == [
            {"stream": "own", "ev": 0, "state": {}},
            {"stream": "room:1", "ev": 1, "state": {"name": "Room 1"}},
        ]
        answer = await first.ask(op="say", room="1", text="hello")
        assert answer["ok"] == {"ev": 2}
        assert await first.texts("room:1", 1) == [(2, "hello")]
        assert await second.texts("room:1", 1) == [(2, "hello")]
        # Written by somebody who does not know of the hub: found by the echo.
        await ROOMS.write(house.database, 1, "and again")
        assert await second.texts("room:1", 1) == [(3, "and again")]
        synced = await second.ask(op="sync", stream="room:1", since=0)
        assert [one["ev"] for one in synced["ok"]["events"]] == [1, 2, 3]  # type: ignore[index]
        assert (synced["ok"]["upto"], synced["ok"]["more"], synced["ok"]["reset"]) == (3, False, False)  # type: ignore[index]


async def test_messages_of_a_socket_stand_in_the_order_of_their_frames(served: Served) -> None:
    ada, bob = await served.house.account(), await served.house.account()
    chat = await room(served.house, ada, bob)
    said = [text for number in range(5) for text in (f"@{bob.username} {number}", f"{number} and", f"{number} so on")]
    async with client(served, ada) as socket:
        frames = [
            {"op": "send", "id": number, "chat_id": str(chat.id), "text": text}
            for number, text in enumerate(said, start=100)
        ]
        socket.asked |= dict.fromkeys(range(100, 100 + len(said)), "send")
        await socket.connection.send("\n".join(orjson.dumps(one).decode() for one in frames))
        await socket.find(lambda one: one.get("re") == 100 + len(said) - 1)
    shown = good(await ada.client.get(f"{chat.path}/messages"))["items"]
    assert [one["text"] for one in shown] == said
