"""An API key reads over sockets and their twins what it may read elsewhere, and no more."""

from http import HTTPStatus

import httpx

from tests.chats.rooms import good, room
from tests.hearth import Person, problem
from tests.realtime.served import Client, Object, Served, client
from tests.realtime.test_frames import code

OWN = ("chats:read", "notifications:read", "timelines:home")


async def key_of(person: Person, *scopes: str) -> str:
    """A new key of these scopes, and the one that sockets need."""
    body = {"name": "bot", "scopes": ["realtime:read", *scopes]}
    secret: str = good(await person.client.post("/v1/auth/api-keys", json=body))["secret"]
    return secret


def keyed(served: Served, secret: str) -> httpx.AsyncClient:
    """Requests with a key."""
    return served.house.connect({"X-API-Key": secret})


def told(socket: Client, *streams: str) -> list[Object]:
    """What has come of streams."""
    return [one for one in socket.objects if one.get("op") in {"ev", "eph"} and one["stream"] in streams]


async def test_a_key_hears_of_no_chat_that_it_may_not_read(served: Served) -> None:
    ada, bob = await served.house.account(), await served.house.account()
    chat = await room(served.house, ada, bob)
    stream = f"chat:{chat.id}"
    secret = await key_of(ada)
    async with client(served, ada) as whole, client(served) as socket:
        greeted = (await socket.ask(op="hello", token=secret, heads={stream: 0, "own": 0}))["ok"]
        assert (greeted["heads"], sorted(greeted["gone"])) == ([], [stream, "own"])  # type: ignore[index]
        good(await bob.client.post(f"{chat.path}/messages", json={"text": "between us"}))
        body = {"kind": "group", "name": "us", "member_ids": [str(ada.id)]}
        made = good(await bob.client.post("/v1/chats", json=body))
        joined = f"chat:{made['id']}"
        await whole.events(stream, 1)
        await whole.events(joined, 1)
        for name in (stream, joined, "own"):
            assert code(await socket.ask(op="sync", stream=name, since=0)) == "stream_not_found"
        assert told(socket, stream, joined, "own") == []


async def test_the_twins_give_a_key_no_more_than_a_socket_does(served: Served) -> None:
    ada, bob = await served.house.account(), await served.house.account()
    chat = await room(served.house, ada, bob)
    await chat.say(bob, "between us")
    # Whoever has not read their own stream yet has no entries there: she is notified before she does.
    await served.house.settle()
    async with keyed(served, await key_of(ada)) as poor, keyed(served, await key_of(ada, "chats:read")) as reader:
        for name in (f"chat:{chat.id}", "own"):
            for accept in ("application/json", "text/event-stream"):
                refused = await poor.get(f"/v1/streams/{name}/events", headers={"Accept": accept})
                assert (refused.status_code, problem(refused)) == (HTTPStatus.NOT_FOUND, "stream_not_found")
        assert good(await poor.get("/v1/streams"))["heads"] == []
        assert [one["stream"] for one in good(await reader.get("/v1/streams"))["heads"]] == [f"chat:{chat.id}"]
        assert "between us" in (await reader.get(f"/v1/streams/chat:{chat.id}/events")).text
    # In one's own stream is what concerns all of these.
    async with keyed(served, await key_of(ada, *OWN)) as whole:
        assert good(await whole.get("/v1/streams/own/events"))["events"] == []
    async with keyed(served, await key_of(ada, *OWN[1:])) as part:
        assert problem(await part.get("/v1/streams/own/events")) == "stream_not_found"


async def test_a_new_token_that_allows_less_takes_streams_away(served: Served) -> None:
    ada, bob = await served.house.account(), await served.house.account()
    chat = await room(served.house, ada, bob)
    stream = f"chat:{chat.id}"
    async with client(served, ada) as whole, client(served, ada) as socket:
        assert "ok" in await socket.ask(op="refresh", token=await key_of(ada))
        good(await bob.client.post(f"{chat.path}/messages", json={"text": "between us"}))
        await whole.events(stream, 1)
        assert code(await socket.ask(op="sync", stream=stream, since=0)) == "stream_not_found"
        assert told(socket, stream) == []
        # Back again it may ask, and reads anew with the next hello.
        assert "ok" in await socket.ask(op="refresh", token=ada.token)
        assert "ok" in await socket.ask(op="sync", stream=stream, since=0)
