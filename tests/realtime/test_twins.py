"""Everything that travels over a socket can be had over plain HTTP, too."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import orjson
import pytest

from tests.chats import building
from tests.chats.rooms import good, room
from tests.counting import counting
from tests.hearth import Hearth, Person, problem
from tests.realtime.rooms import ROOMS
from tests.realtime.served import PATIENCE, Served, client, until
from tests.realtime.test_frames import status
from tests.realtime.test_slow import BIG, narrow

# Less than a server waits for those who do not end by themselves.
_SOON = PATIENCE / 2


@asynccontextmanager
async def following(
    served: Served, person: Person, stream: str, **headers: str
) -> AsyncIterator[AsyncIterator[tuple[str, dict[str, object]]]]:
    """Server-sent events: names or numbers with their data."""
    accept = {"Accept": "text/event-stream", **person.headers, **headers}
    url = f"http://127.0.0.1:{served.port}/v1/streams/{stream}/events"
    async with (
        httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as http,
        http.stream("GET", url, headers=accept) as answer,
    ):
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")

        async def events() -> AsyncIterator[tuple[str, dict[str, object]]]:
            number = ""
            async for line in answer.aiter_lines():
                if line.startswith("id: "):
                    number = line[4:]
                elif line.startswith("data: "):
                    yield number, orjson.loads(line[6:])

        yield events()


async def test_heads_and_pages(served: Served) -> None:
    ada = await served.house.account()
    for number in range(1, 6):
        await ROOMS.write(served.house.database, 1, str(number), joins=[ada.id] if number == 1 else [])
    streams = (await ada.client.get("/v1/streams")).json()
    assert [(one["stream"], one["ev"]) for one in streams["heads"]] == [("own", 0), ("room:1", 5)]
    found = (await ada.client.get("/v1/streams/room:1/events?since=1&limit=2")).json()
    assert [one["ev"] for one in found["events"]] == [2, 3]
    assert (found["stream"], found["upto"], found["more"], found["reset"]) == ("room:1", 3, True, False)
    assert problem(await ada.client.get("/v1/streams/room:2/events")) == "stream_not_found"
    assert problem(await ada.client.get(f"/v1/streams/own:{ada.id + 1}/events")) == "stream_not_found"
    assert problem(await served.house.client.get("/v1/streams")) == "not_authenticated"


async def test_a_stream_can_be_followed_by_server_sent_events(served: Served) -> None:
    ada, bob = await served.house.account(), await served.house.account()
    for number in range(1, 4):
        await ROOMS.write(served.house.database, 1, str(number), joins=[ada.id, bob.id] if number == 1 else [])
    async with following(served, ada, "room:1", **{"Last-Event-ID": "1"}) as events:
        assert [await anext(events) for _ in range(2)] == [
            (str(ev), {"op": "ev", "stream": "room:1", "ev": ev, "t": "said", "d": {"text": str(ev)}}) for ev in (2, 3)
        ]
        await ROOMS.write(served.house.database, 1, "live")
        assert (await anext(events))[0] == "4"
        await ROOMS.write(served.house.database, 1, "go", leaves=[ada.id])
        await ROOMS.write(served.house.database, 1, "without")
        assert [number async for number, _ in events] == ["5"]
    await until(lambda: not served.hub.channels["room:1"].is_followed)


async def test_who_is_taken_out_just_when_they_begin_to_follow_hears_of_nothing(served: Served) -> None:
    ada, bob = await served.house.account(), await served.house.account()
    await ROOMS.write(served.house.database, 1, "come in", joins=[ada.id, bob.id])
    async with client(served, bob) as stays:
        looks = 0

        async def meanwhile() -> None:
            nonlocal looks
            looks += 1
            # The first look answers the request, the second one is where following begins.
            if looks == 2:
                await ROOMS.write(served.house.database, 1, "go", leaves=[ada.id])
                await stays.events("room:1", 1)

        ROOMS.meanwhile = meanwhile
        async with following(served, ada, "room:1", **{"Last-Event-ID": "1"}) as events:
            await ROOMS.write(served.house.database, 1, "without")
            assert [number async for number, _ in events] == []
        assert looks > 2


@pytest.mark.usefixtures("told_alone")
async def test_who_is_signed_out_just_when_they_begin_to_follow_does_not(served: Served) -> None:
    ada = await served.house.account()
    await ROOMS.write(served.house.database, 1, "come in", joins=[ada.id])
    key = good(await ada.client.post("/v1/auth/api-keys", json={"name": "bot", "scopes": ["realtime:read"]}))

    async def meanwhile() -> None:
        ROOMS.meanwhile = None
        good(await ada.client.delete(f"/v1/auth/api-keys/{key['id']}"))

    ROOMS.meanwhile = meanwhile
    headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {key['secret']}"}
    # Who is let in follows for ever.
    async with asyncio.timeout(_SOON):
        answer = await served.house.client.get("/v1/streams/room:1/events", headers=headers)
    assert (answer.status_code, problem(answer)) == (401, "invalid_token")
    assert not served.hub.followers


@pytest.mark.usefixtures("told_alone")
async def test_who_follows_is_cut_off_with_the_session_and_told_when_the_server_stops(served: Served) -> None:
    ada, bob = await served.house.account(), await served.house.account()
    async with following(served, ada, "own") as first, following(served, bob, "own") as second:
        await until(lambda: len(served.hub.followers) == 2)
        async with asyncio.timeout(_SOON):
            await ada.client.delete(f"/v1/auth/sessions/{ada.session_id}")
            assert [number async for number, _ in first] == []
        async with asyncio.timeout(_SOON):
            served.stop()
            assert [number async for number, _ in second] == []


async def test_whoever_is_in_many_chats_hears_of_all_of_them(served: Served) -> None:
    ada, bob = await served.house.account(), await served.house.account()
    ids = [await building.chat(served.house.database, [ada.id, bob.id]) for _ in range(202)]
    names = [f"chat:{chat_id}" for chat_id in ids]
    listed = good(await ada.client.get("/v1/streams"))["heads"]
    assert [one["stream"] for one in listed] == ["own", *reversed(names)]
    assert [bool(one["state"]) for one in listed] == [False, *[True] * 199, *[False] * 3]
    async with client(served, ada, heads={names[0]: 0, "chat:1": 0}) as socket:
        assert socket.greeting["gone"] == ["chat:1"]
        assert (len(socket.greeting["heads"]), socket.greeting["more"]) == (200, True)  # type: ignore[arg-type]
        good(await bob.client.post(f"/v1/chats/{ids[0]}/messages", json={"text": "still here"}))
        assert [one["ev"] for one in await socket.events(names[0], 1)] == [1]
    # The message makes a notification a little later, which is an entry of her own stream.
    await served.house.settle()
    own, *_ = good(await ada.client.get("/v1/streams"))["heads"]
    assert own["stream"] == "own"
    async with client(served, ada, heads={"own": own["ev"], **dict.fromkeys(names[4:], 0), names[0]: 0}) as socket:
        # Of those that it has, nothing is said; nor is anything counted.
        told = [(one["stream"], one["ev"]) for one in socket.greeting["heads"]]  # type: ignore[attr-defined]
        assert told == [(names[0], 1), *((name, 0) for name in reversed(names[1:4]))]
        assert socket.greeting["more"] is False
    async with client(served, ada, heads=dict.fromkeys(names[-3:], 0)) as socket:
        # Just as many as there is room for.
        assert (len(socket.greeting["heads"]), socket.greeting["more"]) == (200, False)  # type: ignore[arg-type]


async def test_what_streams_cost_does_not_grow_with_them(hearth: Hearth) -> None:
    ada, bob = await hearth.account(), await hearth.account()
    chat = await room(hearth, ada, bob)
    await chat.say(bob)
    async with counting(hearth.database) as count:
        page = await count(ada, f"/v1/streams/chat:{chat.id}/events?since=1")
        await count(ada, "/v1/streams")
        few = await count(ada, "/v1/streams")
        for _ in range(5):
            await building.chat(hearth.database, [ada.id, bob.id])
        assert await count(ada, "/v1/streams") == few
        assert await count(ada, f"/v1/streams/chat:{chat.id}/events?since=1") == page
    # Nothing unread is counted for a page, and no other chat is looked at.
    assert not [statement for statement in page if "message_mentions" in statement or "ORDER BY chats" in statement]
    assert len([statement for statement in few if "message_mentions" in statement]) == 1


@asynccontextmanager
async def stalled(served: Served, people: Sequence[Person]) -> AsyncIterator[None]:
    """These follow a room and never read; so much has been written there that the server waits for them."""
    await ROOMS.write(served.house.database, 1, "come in", joins=[person.id for person in people])
    writers: list[asyncio.StreamWriter] = []
    async with AsyncExitStack() as stack:
        for person in people:
            _, writer = await asyncio.open_connection(sock=narrow(served), limit=1024)
            stack.callback(writer.close)
            writers.append(writer)
            head = f"Host: 127.0.0.1\r\nAuthorization: Bearer {person.token}\r\nAccept: text/event-stream\r\n"
            writer.write(f"GET /v1/streams/room:1/events HTTP/1.1\r\n{head}\r\n".encode())
        await until(lambda: len(served.hub.followers) == len(people))
        followers = [one for those in served.hub.followers.values() for one in those]
        for _ in range(120):
            await ROOMS.write(served.house.database, 1, BIG)
        await until(lambda: all(one.is_waiting for one in followers) or not served.hub.followers)
        yield


@pytest.mark.usefixtures("told_alone")
async def test_who_follows_and_never_reads_ends_with_the_session_and_the_server(served: Served) -> None:
    people = [await served.house.account() for _ in range(2)]
    async with stalled(served, people):
        async with asyncio.timeout(_SOON):
            await people[0].client.delete(f"/v1/auth/sessions/{people[0].session_id}")
            await until(lambda: list(served.hub.followers) == [people[1].id])
            served.stop()
            await until(
                lambda: not served.hub.followers and not any(one.is_followed for one in served.hub.channels.values())
            )


@pytest.mark.parametrize("limits", [{"realtime_slow_seconds": 0.3}])
async def test_who_follows_and_never_reads_ends_in_the_end(served: Served) -> None:
    ada = await served.house.account()
    async with stalled(served, [ada]):
        await until(
            lambda: not served.hub.followers and not any(one.is_followed for one in served.hub.channels.values())
        )


@pytest.mark.parametrize("limits", [{"realtime_sockets": 3}])
async def test_a_full_process_lets_nobody_else_follow(served: Served) -> None:
    ada = await served.house.account()
    accept = {"Accept": "text/event-stream", **ada.headers}
    url = f"http://127.0.0.1:{served.port}/v1/streams/own/events"
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(client(served))
        await until(lambda: served.hub.sockets == 1)
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=PATIENCE, trust_env=False))
        asked = [http.send(http.build_request("GET", url, headers=accept), stream=True) for _ in range(8)]
        answers = await asyncio.gather(*asked)
        for answer in answers:
            stack.push_async_callback(answer.aclose)
        assert sorted(answer.status_code for answer in answers) == [200, 200, *[503] * 6]
        refused = next(answer for answer in answers if answer.status_code == 503)
        await refused.aread()
        assert problem(refused) == "too_many_sockets"
        assert await status(served) == 503
        # Who reads and goes again is served.
        good(await ada.client.get("/v1/streams/own/events"))
    await until(lambda: served.hub.sockets == 0)
    async with following(served, ada, "own"):
        assert await status(served) == 101


@pytest.mark.parametrize("limits", [{"realtime_sockets_each": 3}])
async def test_who_follows_counts_among_the_sockets_of_the_account(served: Served) -> None:
    ada, bob = await served.house.account(), await served.house.account()
    async with (
        client(served, ada) as socket,
        following(served, bob, "own"),
        following(served, ada, "own") as first,
        following(served, ada, "own") as second,
    ):
        await until(lambda: len(served.hub.followers.get(ada.id, ())) == 2)
        async with client(served, ada):
            # A socket takes the place of the oldest that follows; and another that follows does, too.
            assert [number async for number, _ in first] == []
            async with following(served, ada, "own"):
                assert [number async for number, _ in second] == []
                assert len(served.hub.followers[ada.id]) == 1
                async with client(served, ada) as last, client(served, ada):
                    assert (await socket.closed())[0] == 4409
                    assert "ok" in await last.ask(op="sync", stream="own", since=0)
        assert len(served.hub.followers[bob.id]) == 1
