"""Who is there is told to those who watch and may know it."""

import asyncio
from typing import Any

import pytest

from src.realtime import presence
from tests.realtime.served import Client, Served, client, until

FAST = {"realtime_watch_seconds": 0.02, "realtime_presence_seconds": 0.1}


async def told(socket: Client) -> tuple[object, object]:
    """The next word on somebody."""
    found = await socket.find(lambda one: one.get("t") == "presence")
    return found["d"]["account"], found["d"]["online"]  # type: ignore[index]


@pytest.mark.parametrize("limits", [FAST])
async def test_who_watches_is_told_who_comes(served: Served) -> None:
    house = served.house
    ada, bob, eve = [await house.account() for _ in range(3)]
    await bob.client.post(f"/v1/users/{eve.username}/block")
    everybody = [str(one.id) for one in (ada, bob, eve)]
    async with client(served, ada) as of_ada, client(served, eve) as of_eve:
        assert "ok" in await of_ada.ask(op="watch", accounts=everybody)
        assert "ok" in await of_eve.ask(op="watch", accounts=everybody)
        await until(lambda: all(len(one.online) >= 2 for one in served.hub.connections))
        async with client(served, bob):
            while (await told(of_ada)) != (str(bob.id), True):
                pass
            assert (await of_ada.ask(op="watch", accounts=everybody))["ok"] == {"online": sorted(everybody, key=int)}
        assert "ok" in await of_eve.ask(op="sync", stream="own", since=0)
        assert str(bob.id) not in str(of_eve.objects)
        async with house.database.read() as session:
            assert await presence.sockets(session) in {2, 3}


@pytest.mark.parametrize("limits", [FAST])
async def test_who_keeps_it_to_themselves_is_not_told_of(served: Served) -> None:
    house = served.house
    ada, bob = await house.account(), await house.account()
    answer = await bob.client.put("/v1/presence", json={"shared": False})
    assert answer.json() == (await bob.client.get("/v1/presence")).json() == {"shared": False}
    async with client(served, bob), client(served, ada) as of_ada:
        watched = await of_ada.ask(op="watch", accounts=[str(ada.id), str(bob.id)])
        assert str(bob.id) not in str(watched)
        # She may have been noted before she asked, or meanwhile.
        if str(ada.id) not in str(watched):
            assert await told(of_ada) == (str(ada.id), True)
        assert str(bob.id) not in str(of_ada.objects)
        of_ada.objects.clear()
        await bob.client.put("/v1/presence", json={"shared": True})
        assert await told(of_ada) == (str(bob.id), True)
        await bob.client.put("/v1/presence", json={"shared": False})
        assert await told(of_ada) == (str(bob.id), False)


@pytest.mark.parametrize("limits", [{"realtime_watch_seconds": 60}])
async def test_nothing_newer_is_told_before_the_answer_to_who_watches(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob = await served.house.account(), await served.house.account()
    # The process's own one sleeps.
    keeper, present = presence.PresenceKeeper(served.hub), presence.present
    has_read, may_answer = asyncio.Event(), asyncio.Event()
    is_broken = False

    async def slow(*asked: Any) -> presence.Present:
        found = await present(*asked)
        has_read.set()
        await may_answer.wait()
        if is_broken:
            raise LookupError
        return found

    async with client(served, ada) as of_ada:
        for is_broken in (True, False):
            assert (await of_ada.ask(op="watch", accounts=[str(bob.id)]))["ok"] == {"online": []}
            has_read.clear()
            may_answer.clear()
            with monkeypatch.context() as patch:
                patch.setattr(presence, "present", slow)
                number = await of_ada.send(op="watch", accounts=[str(bob.id)])
                await has_read.wait()
            async with served.house.database.write() as session:
                await presence.note(session, [bob.id])
            await keeper._tell()
            may_answer.set()
            answer = await of_ada.find(lambda one, number=number: one.get("re") == number)  # type: ignore[misc]
            assert answer.get("ok") == (None if is_broken else {"online": []})
            assert not [one for one in of_ada.objects if one.get("t") == "presence"]
            # What the answer does not say yet is told by the next look; a watch that fails leaves the one before.
            await keeper._tell()
            assert await told(of_ada) == (str(bob.id), True)
            async with served.house.database.write() as session:
                await presence.share(session, bob.id, shared=False)
                await presence.share(session, bob.id, shared=True)
            await keeper._tell()
            assert await told(of_ada) == (str(bob.id), False)
