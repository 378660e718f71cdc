"""Public channels: found by name, joined and left, over HTTP; what members hear of it."""

from datetime import timedelta

import pytest

from src import clock
from tests.chats.steps import Shown, chat_of, counts, founded, good, listed, nothing_is_wrong, opened_with, say, told
from tests.hearth import Hearth, Person, problem

pytestmark = pytest.mark.integration


async def found(person: Person, text: str, **more: str | int) -> Shown:
    """What search finds."""
    return good(await person.client.get("/v1/search", params={"type": "channels", "q": text, **more}))


async def names(person: Person, text: str) -> list[str]:
    """What the channels are called that are found."""
    return [chat["name"] for chat in (await found(person, text))["items"]]


async def test_a_public_channel_is_found_seen_and_joined(hearth: Hearth) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    secret = await founded(ann, kind="channel", name="Secret")
    chat_id = await founded(ann, kind="channel", name="Elm Street", is_public=True)
    await say(hearth, ann, chat_id, "before")
    public = good(await ben.client.get("/v1/channels"))["items"]
    assert [(chat["id"], chat["membership"], chat["latest"]) for chat in public] == [(chat_id, None, None)]
    path = f"/v1/chats/{chat_id}"
    # Without a seat, one sees what it is and nothing of what is said.
    assert (await chat_of(ben, chat_id))["latest"] is None
    for method, address, body in (
        ("PATCH", path, {"name": "mine"}),
        ("PUT", f"{path}/read", {"seq": 1}),
        ("PUT", f"{path}/notifications", {"level": "all"}),
        ("GET", f"{path}/receipts", None),
    ):
        assert problem(await ben.client.request(method, address, json=body)) == "chat_not_yours"
    for _ in range(2):
        joined = good(await ben.client.post(f"{path}/join"))
        assert joined["members_count"] == 2
        assert (joined["membership"]["role"], joined["membership"]["unread_count"]) == ("member", 0)
    await say(hearth, ann, chat_id, "after")
    assert await counts(ben, chat_id) == (1, 0)
    assert [chat["id"] for chat in await listed(ben)] == [chat_id]
    assert problem(await ben.client.post(f"/v1/chats/{secret}/join")) == "chat_not_found"
    assert (await told(hearth, chat_id))[2:] == [(3, "member_joined", ben.id), (4, "message_sent", None)]
    await nothing_is_wrong(hearth)


async def test_who_leaves_or_is_sent_away_has_no_seat_and_hears_nothing(hearth: Hearth) -> None:
    ann, ben, cat = [await hearth.account(name) for name in ("ann", "ben", "cat")]
    chat_id = await founded(ann, ben, cat, kind="channel", is_public=True)
    assert (await ben.client.delete(f"/v1/groups/{chat_id}/members/{ben.id}")).is_success
    assert (await ann.client.put(f"/v1/groups/{chat_id}/bans/{cat.id}")).is_success
    assert await listed(ben) == await listed(cat) == []
    assert problem(await cat.client.post(f"/v1/chats/{chat_id}/join")) == "banned_from_group"
    await say(hearth, ann, chat_id)
    good(await ben.client.post(f"/v1/chats/{chat_id}/join"))
    assert await counts(ben, chat_id) == (0, 0)
    good(await ann.client.post(f"/v1/groups/{chat_id}/transfer", json={"account_id": str(ben.id)}))
    assert (await told(hearth, chat_id))[3:] == [
        (4, "member_left", ben.id),
        (5, "member_left", cat.id),
        (6, "message_sent", None),
        (7, "member_joined", ben.id),
        (8, "member_role_changed", ann.id),
        (9, "member_role_changed", ben.id),
    ]
    await nothing_is_wrong(hearth)


async def test_nobody_comes_to_a_direct_chat_or_leaves_it(hearth: Hearth) -> None:
    ann, ben, cat = [await hearth.account(name) for name in ("ann", "ben", "cat")]
    chat_id = await opened_with(ann, ben)
    assert problem(await cat.client.post(f"/v1/chats/{chat_id}/join")) == "chat_not_found"
    assert good(await ann.client.post(f"/v1/chats/{chat_id}/join"))["id"] == chat_id
    leaving = await ann.client.delete(f"/v1/groups/{chat_id}/members/{ann.id}")
    assert problem(leaving) == "group_is_fixed"


async def test_channels_are_found_by_the_beginnings_of_their_words(hearth: Hearth) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    for name in ("Elm Street", "Elms and Oaks", "Street food", "100% fun (maybe)"):
        await founded(ann, kind="channel", name=name, is_public=True)
    await founded(ann, kind="channel", name="Elm Street, hidden")
    assert await names(ben, "elm") == ["Elm Street", "Elms and Oaks"]
    assert await names(ben, "STREET") == ["Elm Street", "Street food"]
    assert await names(ben, "stret") == await names(ben, "srteet") == ["Elm Street", "Street food"]
    assert await names(ben, "100%") == ["100% fun (maybe)"]
    assert await names(ben, "e") == ["Elm Street", "Elms and Oaks"]
    assert await names(ben, "") == await names(ben, "lm") == await names(ben, ".*") == []
    # Those that begin just so come before those with a mistake.
    await founded(ann, kind="channel", name="Aareet", is_public=True)
    await founded(ann, kind="channel", name="A stroet", is_public=True)
    assert await names(ben, "street") == ["Elm Street", "Street food", "A stroet"]
    first = await found(ben, "street", limit=2)
    second = await found(ben, "street", limit=2, cursor=first["next"])
    back = await found(ben, "street", limit=2, cursor=second["prev"])
    assert [chat["name"] for chat in second["items"]] == ["A stroet"]
    assert back["items"] == first["items"]


async def test_who_leaves_and_comes_back_waits_as_long_between_two_messages(hearth: Hearth) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    chat_id = await founded(ann, kind="channel", is_public=True, slow_mode_seconds=600)
    path = f"/v1/chats/{chat_id}"
    good(await ben.client.post(f"{path}/join"))
    good(await ben.client.post(f"{path}/messages", json={"text": "one"}))
    assert (await ben.client.delete(f"/v1/groups/{chat_id}/members/{ben.id}")).is_success
    good(await ben.client.post(f"{path}/join"))
    assert problem(await ben.client.post(f"{path}/messages", json={"text": "two"})) == "chat_is_slow"
    with clock.shifted(timedelta(seconds=601)):
        good(await ben.client.post(f"{path}/messages", json={"text": "two"}))


async def test_in_a_channel_only_admins_call_all(hearth: Hearth) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    chat_id = await founded(ann, kind="channel", is_public=True)
    path = f"/v1/chats/{chat_id}/messages"
    good(await ben.client.post(f"/v1/chats/{chat_id}/join"))

    async def calls(person: Person, text: str, **more: object) -> list[bool]:
        sent = good(await person.client.post(path, json={"text": text, **more}))
        told = [good(await person.client.get(f"{path}/{sent['id']}"))["names_all"]]
        edited = await person.client.patch(f"{path}/{sent['id']}", json={"text": f"{text}, again"})
        return [*told, good(edited)["names_all"]]

    assert await calls(ben, "@all buy my watches") == [False, False]
    assert await calls(ben, f"@{ann.username} and @all") == [False, False]
    await hearth.settle()
    kinds = [one["kind"] for one in good(await ann.client.get("/v1/notifications"))["items"]]
    assert kinds == ["chat_mention"]
    assert await calls(ann, "@all come in") == [True, True]
    group_path = path.replace(chat_id, await founded(ann, ben))
    assert good(await ben.client.post(group_path, json={"text": "@all dinner"}))
    assert await counts(ann, group_path.split("/")[3]) == (1, 1)
