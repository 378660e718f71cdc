"""Whatever comes over a socket: an answer, an error frame or the right close code, and never a crash."""

import asyncio
from contextlib import AsyncExitStack

import orjson
import pytest
from sqlalchemy import text
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from src import config
from src.config import Settings
from src.database import Database
from src.realtime import service, upkeep
from src.realtime.constants import GREETINGS
from src.realtime.models import StreamEpoch
from src.server import MAX_WEBSOCKET_MESSAGE
from tests.realtime.rooms import ROOMS
from tests.realtime.served import PATIENCE, Client, Object, Served, client, until


def code(answer: Object) -> object:
    """The code of a refusal."""
    error = answer["err"]
    assert isinstance(error, dict)
    return error["code"]


async def status(served: Served, **headers: str) -> int:
    """What a handshake with these headers is answered."""
    try:
        async with connect(served.url, additional_headers=headers, proxy=None):
            return 101
    except InvalidStatus as error:
        refused = error.response
    assert orjson.loads(refused.body or b"{}")["status"] == refused.status_code
    return refused.status_code


async def test_pages_of_other_sites_open_no_sockets(served: Served) -> None:
    own = f"http://127.0.0.1:{served.port}"
    assert await status(served) == 101
    assert await status(served, Origin=own) == 101
    for foreign in ("http://evil.example", "null", f"{own}.evil.example", "file://", f"ftp://127.0.0.1:{served.port}"):
        assert await status(served, Origin=foreign) == 403, foreign
    with config.override(Settings, cors_origins=["https://page.example"], hearth_url="https://hearth.example"):
        assert await status(served, Origin="https://page.example") == 101
        assert await status(served, Origin="https://hearth.example") == 101
        assert await status(served, Origin="https://other.example") == 403


async def test_a_handshake_that_is_refused_before_it_comes_here_says_why(served: Served) -> None:
    with config.override(Settings, cors_origins=[]):
        assert await status(served, Authorization="Bearer a", **{"X-API-Key": "b"}) == 401
    assert await status(served, **{"Content-Length": "0", "Host": "evil host"}) == 400


async def test_who_shows_a_token_with_the_handshake_needs_none_in_hello(served: Served) -> None:
    ada = await served.house.account()
    async with client(served, headers=[("Authorization", f"Bearer {ada.token}")]) as socket:
        answer = await socket.hello(None)
        assert answer["ok"]["account"] == str(ada.id)  # type: ignore[index]
    assert await status(served, Authorization="Basic abc") == 401


@pytest.mark.parametrize("limits", [{"realtime_hello_seconds": 0.05, "realtime_ping_seconds": 0.25}])
async def test_who_does_not_say_hello_in_time_is_closed(served: Served) -> None:
    async with client(served) as socket:
        code, bye = await socket.closed()
        assert code == 4408
        assert bye is not None
        assert bye["reconnect"]
    await until(lambda: served.hub.sockets == 0)


@pytest.mark.parametrize("limits", [{"realtime_hello_seconds": 60, "realtime_ping_seconds": 0.25}])
async def test_who_waits_for_the_answer_to_hello_is_not_late(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = await served.house.account()
    epoch, now = service.epoch, served.hub.now
    is_asked, may_answer = asyncio.Event(), asyncio.Event()

    async def slow(database: Database) -> str:
        is_asked.set()
        await may_answer.wait()
        return await epoch(database)

    monkeypatch.setattr(service, "epoch", slow)
    async with client(served) as socket:
        number = await socket.send(op="hello", v=1, token=ada.token)
        await is_asked.wait()
        # By now it would be too late to say hello.
        monkeypatch.setattr(served.hub, "now", lambda: now() + 60)
        turns = served.hub.tick + 2
        await until(lambda: served.hub.tick > turns)
        may_answer.set()
        assert "ok" in await socket.find(lambda one: one.get("re") == number)


@pytest.mark.parametrize("limits", [{"realtime_greeting_seconds": 0.2}])
async def test_greetings_that_take_too_long_make_room_for_others(served: Served) -> None:
    ada = await served.house.account()
    async with AsyncExitStack() as stack:
        stuck = [await stack.enter_async_context(client(served)) for _ in range(GREETINGS + 1)]
        async with served.house.database.write() as session:
            await session.execute(text(f"LOCK TABLE {StreamEpoch.__tablename__}"))
            for socket in stuck:
                await socket.send(op="hello", v=1, token=ada.token)
            for socket in stuck:
                found, bye = await socket.closed()
                assert (found, bye is not None and bye["reconnect"]) == (4408, True)
        # Nobody stands in the way of this one, and the machine may be slow.
        served.hub.settings = served.hub.settings.model_copy(update={"realtime_greeting_seconds": 30})
        async with client(served, ada) as socket:
            assert socket.greeting["account"] == str(ada.id)
    await until(lambda: not served.hub.sockets)


NONSENSE: list[tuple[str | bytes | list[str], int]] = [
    ('{"op":"sync","id":1,"stream":"own","since":0}', 4404),
    ("no json", 4400),
    ("[]", 4400),
    ('"op"', 4400),
    ('{"id":1}', 4400),
    ('{"op":1}', 4400),
    ("[" * 5000, 4400),
    (b"binary", 4400),
    ("x" * (MAX_WEBSOCKET_MESSAGE + 1), 4413),
    (["x" * 40_000, "x" * 40_000], 4413),
    (["x"] * 400, 4400),
    ('{"op":"hello","id":1,"token":"nonsense"}', 4401),
    ('{"op":"hello","id":1}', 4401),
]


async def test_a_first_frame_that_makes_no_sense_is_the_end(served: Served) -> None:
    async def end_of(frame: str | bytes | list[str]) -> tuple[int, object]:
        async with client(served) as socket:
            await socket.connection.send(frame)
            found, bye = await socket.closed()
            assert bye is not None
            assert bye["code"] == found
            return found, bye["reconnect"]

    found = await asyncio.gather(*(end_of(frame) for frame, _ in NONSENSE))
    assert found == [(expected, expected == 4401) for _, expected in NONSENSE]
    await until(lambda: served.hub.sockets == 0)


async def test_requests_that_cannot_be_done_are_refused_and_the_socket_goes_on(served: Served) -> None:
    ada = await served.house.account()
    await ROOMS.write(served.house.database, 1, "closed", joins=[7])
    async with client(served, ada) as socket:
        assert code(await socket.ask(op="fly")) == "unknown_operation"
        assert code(await socket.ask(op="sync", stream="own")) == "invalid_input"
        assert code(await socket.ask(op="sync", stream="own", since=-1)) == "invalid_input"
        assert code(await socket.ask(op="sync", stream="own", since=True)) == "invalid_input"
        assert code(await socket.ask(op="sync", stream="own", since=0, more=1)) == "invalid_input"
        for strange in ("room:1", "room:2", "room:x", "rooms:1", f"own:{ada.id + 1}", "room:99999999999999999999", "ä"):
            assert code(await socket.ask(op="sync", stream=strange, since=0)) == "stream_not_found", strange
        assert code(await socket.ask(op="hello", token=ada.token)) == "hello_once"
        assert code(await socket.ask(op="say", room="1", text="let me in")) == "not_permitted"
        refused = await socket.ask(op="stumble", room="1", text="")
        assert code(refused) == "internal_error"
        assert "private" not in str(refused)
        for strange_id in ("1", -1, 1.5, True, 2**60, [1]):
            await socket.say(op="fly", id=strange_id)
            assert code(await socket.find(lambda one: one.get("re", 0) is None)) == "invalid_input"
        await socket.say(op="fly")
        assert code(await socket.find(lambda one: one.get("re", 0) is None)) == "unknown_operation"
        assert "ok" in await socket.ask(op="sync", stream="own", since=0)


async def test_a_frame_may_hold_several_objects(served: Served) -> None:
    ada = await served.house.account()
    await ROOMS.write(served.house.database, 1, "come in", joins=[ada.id])
    async with client(served, ada) as socket:
        lines = [orjson.dumps({"op": "say", "id": number, "room": "1", "text": str(number)}) for number in (5, 6, 7)]
        await socket.connection.send(b"\n".join(lines).decode())
        assert await socket.texts("room:1", 3) == [(2, "5"), (3, "6"), (4, "7")]


@pytest.mark.parametrize("limits", [{"realtime_rate": 0.01, "realtime_burst": 5}])
async def test_too_many_frames_are_refused_and_a_flood_is_the_end(served: Served) -> None:
    ada = await served.house.account()
    async with client(served, ada) as socket:
        for _ in range(4):
            await socket.ask(op="sync", stream="own", since=0)
        refused = await socket.ask(op="sync", stream="own", since=0)
        assert code(refused) == "too_many_requests"
        assert refused["err"]["retry"] is True  # type: ignore[index]
        assert refused["err"]["after_ms"] > 0  # type: ignore[index]
        await socket.connection.send("\n".join(['{"op":"pong"}'] * 2000))
        assert (await socket.closed())[0] == 4429


async def test_frames_whose_id_makes_no_sense_count_like_others(served: Served) -> None:
    async with client(served) as socket:
        # Before hello, and so from anybody.
        await socket.connection.send("\n".join(['{"op":"x","id":-1}'] * 3000))
        assert (await socket.closed())[0] == 4429
        assert len(socket.objects) < 200


@pytest.mark.parametrize("limits", [{"realtime_in_flight": 2}])
async def test_only_so_many_requests_are_under_way_at_once(served: Served) -> None:
    ada = await served.house.account()
    await ROOMS.write(served.house.database, 1, "come in", joins=[ada.id])
    async with client(served, ada) as socket:
        line = orjson.dumps({"op": "say", "id": 9, "room": "1", "text": "x"}).decode()
        await socket.connection.send("\n".join([line] * 5))
        answers = [await socket.find(lambda one: one.get("re") == 9) for _ in range(5)]
        assert sum("ok" in answer for answer in answers) == 2
        assert {code(answer) for answer in answers if "err" in answer} == {"too_many_in_flight"}


@pytest.mark.parametrize("limits", [{"realtime_sockets_each": 2}])
async def test_an_account_has_only_so_many_sockets_and_the_oldest_goes(served: Served) -> None:
    ada, bob = await served.house.account(), await served.house.account()
    async with (
        client(served, bob) as other,
        client(served, ada) as first,
        client(served, ada) as second,
        client(served, ada) as third,
    ):
        assert (await first.closed())[0] == 4409
        for socket in (second, third, other):
            assert "ok" in await socket.ask(op="sync", stream="own", since=0)


@pytest.mark.parametrize("limits", [{"realtime_sockets": 1}])
async def test_a_full_process_refuses_the_handshake(served: Served) -> None:
    async with client(served):
        await until(lambda: served.hub.sockets == 1)
        assert await status(served) == 503


@pytest.mark.parametrize("limits", [{"realtime_ping_seconds": 0.25, "realtime_pong_seconds": 60}])
async def test_pings_name_what_has_moved_and_who_does_not_answer_is_gone(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await served.house.account()
    now = served.hub.now
    await ROOMS.write(served.house.database, 1, "come in", joins=[ada.id])

    async def next_ping(socket: Client) -> object:
        found = await socket.find(lambda one: one.get("op") == "ping")
        await socket.say(op="pong")
        return found["h"]

    async with client(served, ada) as socket:
        await next_ping(socket)
        assert await next_ping(socket) == []
        await ROOMS.write(served.house.database, 1, "news")
        await socket.events("room:1", 1)
        # Pings that were sent while it was written come first.
        async with asyncio.timeout(PATIENCE):
            while ["room:1", 2] not in await next_ping(socket):  # type: ignore[operator]
                pass
        await socket.find(lambda one: one.get("op") == "ping")
        # By now the answer to that one should have come.
        monkeypatch.setattr(served.hub, "now", lambda: now() + 61)
        found, bye = await socket.closed()
        assert found == 4408
        assert bye is not None
        assert bye["reconnect"] is True


@pytest.mark.parametrize("limits", [{"realtime_ping_seconds": 300, "realtime_pong_seconds": 60}])
async def test_who_has_answered_a_ping_has_time_for_the_next(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = await served.house.account()
    hub, wheel, now = served.hub, upkeep.Upkeep(served.hub), served.hub.now
    later = 0
    monkeypatch.setattr(hub, "now", lambda: now() + later)

    def pass_by(seconds: int) -> None:
        nonlocal later
        later += seconds
        wheel._turn()

    async with client(served, ada) as socket:
        (connection,) = hub.of_account(ada.id)
        wheel._ping(connection, pinged_at := hub.now())
        await socket.find(lambda one: one.get("op") == "ping")
        await socket.say(op="pong")
        await until(lambda: connection.heard_at > pinged_at)
        # Where it may take longer to answer than until the next ping, that one is on its way when the first is due.
        pass_by(50)
        wheel._ping(connection, hub.now())
        pass_by(20)
        assert not connection.is_over()
        pass_by(50)
        assert (await socket.closed())[0] == 4408


async def test_a_client_that_vanishes_leaves_nothing_behind(served: Served) -> None:
    ada = await served.house.account()
    await ROOMS.write(served.house.database, 1, "come in", joins=[ada.id])
    async with client(served, ada) as socket:
        await socket.send(op="say", room="1", text="and away")
        socket.connection.transport.abort()
    await until(lambda: served.hub.sockets == 0)
    assert served.hub.accounts == {}
    assert not any(channel.is_followed for channel in served.hub.channels.values())
    await until(lambda: ROOMS.last_ev[1] == 2)


async def test_who_leaves_while_being_greeted_leaves_nothing_behind(served: Served) -> None:
    ada = await served.house.account()
    for _ in range(10):
        async with client(served) as socket:
            await socket.send(op="hello", token=ada.token)
            await asyncio.sleep(0)
            socket.connection.transport.abort()
    await until(lambda: served.hub.sockets == 0)
    await until(lambda: served.hub.accounts == {})
