"""A socket lives as long as the session behind it, and no longer."""

from datetime import timedelta

import pytest

from src import clock
from src.feature import Role
from tests.bots.steps import good, program
from tests.realtime.rooms import ROOMS
from tests.realtime.served import Served, client, until
from tests.realtime.test_frames import code

# Nobody answers the pings.
FAST = {"realtime_ping_seconds": 0.25, "realtime_pong_seconds": 60}


@pytest.mark.usefixtures("told_alone")
async def test_a_socket_of_an_ended_session_is_closed_at_once_and_hears_nothing_more(served: Served) -> None:
    ada, bob = await served.house.account(), await served.house.account()
    await ROOMS.write(served.house.database, 1, "come in", joins=[ada.id, bob.id])
    async with client(served, ada) as socket, client(served, bob) as other:
        answer = await ada.client.delete(f"/v1/auth/sessions/{ada.session_id}")
        assert answer.status_code in {200, 204}, answer.text
        await ROOMS.write(served.house.database, 1, "without you")
        found, bye = await socket.closed()
        assert (found, bye is not None and bye["reconnect"]) == (4403, False)
        assert not [one for one in socket.objects if one.get("op") == "ev"]
        assert await other.texts("room:1", 1) == [(2, "without you")]


@pytest.mark.parametrize("limits", [FAST])
async def test_a_token_ends_with_some_grace_and_a_new_one_keeps_the_socket(served: Served) -> None:
    ada, bob = await served.house.account(), await served.house.account()
    async with client(served, ada) as stays, client(served, bob) as goes:
        first_end = stays.greeting["exp"]
        with clock.shifted(timedelta(minutes=9)):
            token = served.house.authenticator.access_token(
                account_id=ada.id, session_id=ada.session_id, role=Role.MEMBER
            )
            answer = await stays.ask(op="refresh", token=token)
            assert answer["ok"]["exp"] > first_end  # type: ignore[index]
            assert code(await stays.ask(op="refresh", token=bob.token)) == "other_account"
            assert code(await stays.ask(op="refresh", token="nonsense")) == "invalid_token"
        with clock.shifted(timedelta(minutes=10, seconds=20)):
            for _ in range(2):
                await goes.find(lambda one: one.get("op") == "ping")
        with clock.shifted(timedelta(minutes=10, seconds=40)):
            found, bye = await goes.closed()
            assert (found, bye is not None and bye["reconnect"]) == (4401, True)
            assert "ok" in await stays.ask(op="sync", stream="own", since=0)


async def test_a_key_needs_the_scope(served: Served) -> None:
    ada = await served.house.account()
    made = [
        (await ada.client.post("/v1/auth/api-keys", json={"name": "bot", "scopes": [scope]})).json()
        for scope in ("realtime:read", "posts:read")
    ]
    good, poor = (next(value for value in one.values() if isinstance(value, str) and len(value) > 30) for one in made)
    async with client(served) as socket:
        answer = await socket.ask(op="hello", token=good)
        assert answer["ok"]["exp"] is None  # type: ignore[index]
    async with client(served) as socket:
        await socket.send(op="hello", token=poor)
        assert (await socket.closed())[0] == 4403


async def test_a_server_that_goes_down_says_when_to_come_again(served: Served) -> None:
    ada = await served.house.account()
    async with client(served, ada) as first, client(served, ada) as second, client(served, ada) as third:
        served.stop()
        moments: list[object] = []
        for socket in (first, second, third):
            found, bye = await socket.closed()
            assert found == 4501
            assert bye is not None
            assert bye["reconnect"] is True
            moments.append(bye["after_ms"])
        # Not all at once.
        assert all(isinstance(one, int) for one in moments)
        assert len(set(moments)) > 1
    await until(lambda: served.hub.sockets == 0)


async def test_what_is_under_way_when_a_session_ends_answers_nobody(served: Served) -> None:
    ada = await served.house.account()
    await ROOMS.write(served.house.database, 1, "come in", joins=[ada.id])
    async with client(served, ada) as socket:
        await socket.send(op="say", room="1", text="last words")
        await until(lambda: ROOMS.last_ev[1] == 2)
        served.hub.ended([ada.session_id])
        await socket.closed()
    await until(lambda: not served.hub.sockets)


async def test_a_bot_speaks_and_listens_by_its_key_until_it_is_deleted(served: Served) -> None:
    ada = await served.house.account()
    bot = await program(served.house, ada)
    chat = good(await ada.client.post("/v1/chats", json={"kind": "group", "name": "Weather"}))
    good(await ada.client.put(f"/v1/groups/{chat['id']}/members/{bot.id}"))
    async with client(served, bot) as socket:
        assert socket.greeting["account"] == str(bot.id)
        sent = await socket.ask(op="send", chat_id=chat["id"], text="Rain at noon")
        assert sent["ok"]["seq"] == 1  # type: ignore[index]
        good(await ada.client.post(f"/v1/chats/{chat['id']}/messages", json={"text": "And tomorrow?"}))
        heard = await socket.find(lambda one: "And tomorrow?" in str(one))
        assert heard["t"] == "msg.new"
        good(await ada.client.delete(f"/v1/bots/{bot.id}"))
        assert (await socket.closed())[0] == 4403
