"""The client against the real house behind a real port: what it asks for is there, what it reads is what happened."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from src.client import api, calls, connection, news, session
from src.client.exceptions import Ended, Refused, SignedOut, Unreachable
from src.config import ROOT, Settings
from tests.auth import codes
from tests.client.places import Place, placed
from tests.docs.test_snippets import program
from tests.hearth import PASSWORD, Hearth


@pytest.fixture
async def place(hearth: Hearth, settings: Settings) -> AsyncIterator[Place]:
    async with placed(hearth, settings) as found:
        yield found


async def happened(client: connection.Client, type_: str) -> news.Happened:
    """The next entry of this type."""
    async for one in client:
        if isinstance(one, news.Happened) and one.type == type_:
            return one
    raise AssertionError(type_)


async def test_two_people_talk(place: Place) -> None:
    ada, grace = await place.person("ada"), await place.person("grace")
    hers = place.api(ada)
    chat = await hers.direct((await hers.person("grace")).id)
    async with place.client(grace) as reader, place.client(ada) as writer:
        sent = await writer.send(chat.id, "How are you?")
        got = await happened(reader, "msg.new")
        assert (got.stream, got.ev, got.data["text"]) == (f"chat:{chat.id}", sent.ev, "How are you?")

        await hers.edit(chat.id, sent.id, "How are **you**?")
        assert (await happened(reader, "msg.edit")).data["text"] == "How are **you**?"
        with pytest.raises(Refused, match=r"This is not one emoji\.") as refused:
            await place.api(grace).react(chat.id, sent.id, "heart")
        assert [error.loc for error in refused.value.errors] == [["path", "emoji"]]
        await place.api(grace).react(chat.id, sent.id, "👍")
        await happened(writer, "msg.react")
        history = await hers.history(chat.id, before=sent.seq + 1)
        assert [(item.text, item.reactions[0].emoji) for item in history.items] == [("How are **you**?", "👍")]
        assert [person.username for person in history.people] == ["ada"]

        [seen] = await place.api(grace).chats()
        assert (seen.partner and seen.partner.username, seen.membership and seen.membership.unread_count) == ("ada", 1)
        assert (await place.api(grace).read(chat.id, sent.seq)).unread_count == 0

        await writer.typing(chat.id)
        passing = await anext(one async for one in reader if isinstance(one, news.Passing))
        assert passing.data == {"account_id": str(ada.account_id)}
        await place.api(grace).react(chat.id, sent.id, "👍", is_on=False)
        await hers.delete(chat.id, sent.id)
        await happened(reader, "msg.delete")


async def test_a_group_is_joined_and_left_on_the_way(place: Place) -> None:
    ada, grace = await place.person("ada"), await place.person("grace")
    async with place.client(grace) as reader, place.client(ada) as writer:
        group = await place.api(ada).found_group("Film night", [grace.account_id])
        await writer.send(group.id, "Welcome")
        assert (await happened(reader, "msg.new")).stream == f"chat:{group.id}"
        members = await place.api(grace).members(group.id)
        assert sorted((member.user.username, member.role) for member in members) == [
            ("ada", "owner"),
            ("grace", "member"),
        ]
        await place.stranger.signed_in(ada.tokens).ask("DELETE", "groups", group.id, "members", grace.account_id)
        assert (await happened(reader, "member.leave")).data["account_id"] == str(grace.account_id)
        with pytest.raises(Refused) as refused:
            await reader.send(group.id, "Still here")
        assert refused.value.code == "chat_not_found"


async def test_a_public_channel_is_found_by_name(place: Place) -> None:
    ada, grace = await place.person("ada"), await place.person("grace")
    body = {"kind": "channel", "name": "Garden news", "is_public": True}
    await place.stranger.signed_in(ada.tokens).ask("POST", "chats", body=body)
    [found] = await place.api(grace).public_channels("garden")
    assert (await place.api(grace).join(found.id)).membership is not None


async def test_a_cut_connection_loses_nothing(place: Place) -> None:
    ada, grace = await place.person("ada"), await place.person("grace")
    group = await place.api(ada).found_group("Film night", [grace.account_id])
    async with place.client(grace) as reader, place.client(ada) as writer:

        async def write() -> list[int]:
            return [(await writer.send(group.id, str(number))).seq for number in range(30)]

        async def cut() -> None:
            for _ in range(6):
                await asyncio.sleep(0.02)
                for client in (reader, writer):
                    if client._line is not None:
                        client._line._socket.transport.abort()

        writing, cutting = asyncio.create_task(write()), asyncio.create_task(cut())
        texts = [(await happened(reader, "msg.new")).data["text"] for _ in range(30)]
        assert texts == [str(number) for number in range(30)]
        assert await writing == list(range(1, 31))
        await cutting


async def test_tokens_are_replaced_until_the_session_ends(place: Place) -> None:
    ada = await place.person("ada")
    first = await ada.tokens(None)
    second = await ada.tokens(first)
    assert second != first
    # Whoever still has the first one gets the same second.
    assert await ada.tokens(first) == second
    async with place.client(ada) as client:
        await ada.end()
        with pytest.raises(Ended):
            async for _ in client:
                pass
    with pytest.raises(SignedOut):
        await place.api(ada).me()


async def test_a_second_factor_is_asked_for(place: Place) -> None:
    ada = await place.hearth.account("ada")
    secret, _ = await codes.turn_on(ada.client)
    with pytest.raises(session.SecondFactorNeeded) as needed:
        await session.sign_in(place.stranger, login="ada", password=PASSWORD)
    code = codes.code_of(secret)
    own = await session.confirm(place.stranger, challenge=needed.value.challenge, code=code)
    assert (await place.api(own).me()).username == "ada"


async def test_who_is_not_let_in_learns_why(place: Place) -> None:
    await place.hearth.account("ada")
    with pytest.raises(Refused) as refused:
        await session.sign_in(place.stranger, login="ada", password="something else")
    assert refused.value.code == "wrong_credentials"
    with pytest.raises(SignedOut):
        await api.Api(place.stranger.signed_in(session.Key("nonsense").tokens)).me()
    nowhere = calls.Calls("http://127.0.0.1:1", place.stranger._outbound, name="test")
    with pytest.raises(Unreachable):
        await session.sign_in(nowhere, login="ada", password=PASSWORD)


async def test_the_page_does_what_it_says(place: Place) -> None:
    await place.hearth.account("ada")
    grace = await place.person("grace")
    page = (ROOT / "docs" / "client.md").read_text()
    names: dict[str, object] = {}
    exec(compile(program(page, "py"), "docs/client.md", "exec"), names)  # noqa: S102  the documentation's own program
    ask = names["ask"]
    assert callable(ask)
    async with place.client(grace) as reader:

        async def answer() -> None:
            question = await happened(reader, "msg.new")
            await reader.send(int(question.stream.removeprefix("chat:")), f"{question.data['text']} Seven.")

        answering = asyncio.create_task(answer())
        asked = ask(place.url, login="ada", password=PASSWORD, whom="grace", question="How many?")
        assert await asked == "How many? Seven."
        await answering
