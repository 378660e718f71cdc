"""`hearth chat` through pipes, against the real house: what is typed is done, what happens is printed."""

import asyncio
import os
import re
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from src import clock
from src.cli import chat_commands, chat_desk, chat_talk, chat_typed, data_lock
from src.cli.application import app
from src.client import exceptions as client_exceptions
from src.client import session
from src.config import Settings, override
from tests.cli.pipes import PATIENCE, Pipe
from tests.client.places import Place


async def test_a_script_writes_and_is_answered(place: Place, pipe: Pipe) -> None:
    ada, grace = await place.person("ada"), await place.person("grace")
    pipe.begin(place, ada)
    pipe.type("/open @grace", "How are you?", "//me too", "/who", "/edit 1 How are you, Grace?")
    await pipe.until("#1 @ada: How are you, Grace? (edited)")
    [chat] = await place.api(grace).chats()
    async with place.client(grace) as other:
        sent = await other.send(chat.id, "Fine\x1b[2J")
        await pipe.until("@grace: Fine?[2J")
        await place.api(grace).react(chat.id, sent.id, "👍")
        await pipe.until("-- #3: 👍 1")
        await place.api(grace).delete(chat.id, sent.id)
        await pipe.until("-- #3 was deleted")
        pipe.type("/react 2 🎉", "/react 2 -🎉")
        # Of a message that is deleted already nobody is told this any more.
        await pipe.until("-- #2: no reactions")
        pipe.type("/delete 2")
        await pipe.until("-- #2 was deleted")
        await other.send(chat.id, "Good night")
        await pipe.until("#4 @grace: Good night")
    assert await pipe.end()
    assert "#2 @ada: /me too" in pipe.said
    assert "  @grace  Grace" in pipe.said
    assert pipe.said.count("How are you?") == 1
    # What was shown counts as read.
    [seen] = await place.api(ada).chats()
    assert seen.membership is not None
    assert seen.membership.unread_count == 0


async def test_other_chats_are_told_of_in_a_line(place: Place, pipe: Pipe) -> None:
    ada, grace = await place.person("ada"), await place.person("grace")
    pipe.begin(place, ada)
    pipe.type("/chats")
    await pipe.until("There are no chats yet")
    group = await place.api(grace).found_group("Film night", [ada.account_id])
    async with place.client(grace) as other:
        await pipe.until("-- you are in Film night now: /open 1")
        await other.send(group.id, "Eight\no'clock?")
        await pipe.until("[Film night] @grace: Eight o'clock?")
        pipe.type("/chats", "/open film")
        await pipe.until("  1  Film night                      1 new")
        await pipe.until("#1 @grace: Eight\n      o'clock?")
        await place.stranger.signed_in(grace.tokens).ask("DELETE", "groups", group.id, "members", ada.account_id)
        await pipe.until("-- you are not in Film night any more")
    pipe.type("Hello?")
    await pipe.until("No chat is open, so nobody gets this: Hello?")
    assert not await pipe.end()


async def test_messages_are_answered_kept_and_found(place: Place, pipe: Pipe) -> None:
    ada, grace = await place.person("ada"), await place.person("grace")
    pipe.begin(place, ada)
    pipe.type(
        "/open @grace", "How are you?", "/reply 1 And your harvest?", "/thread 1 Here I tell how I am", "/thread #1"
    )
    await pipe.until("#2 @ada to #1: And your harvest?")
    await pipe.until("#1 @ada: How are you? (1 in its thread)")
    pipe.type("/pin", "/pin 2", "/pin")
    await pipe.until("-- nothing is pinned")
    await pipe.until("-- #2 is pinned")
    [chat] = await place.api(grace).chats()
    [kept] = (await place.api(grace).pins(chat.id)).items
    assert kept.seq == 2
    # Whoever does it, one is told once.
    await place.api(grace).pin(chat.id, kept.id, is_on=False)
    await pipe.until("-- #2 is not pinned any more")
    [first, _, _] = (await place.api(grace).history(chat.id)).items
    await place.api(grace).pin(chat.id, first.id)
    await pipe.until("-- #1 is pinned")
    # Words are made ready to be found by a job.
    await place.hearth.run_job("chats.write_documents")
    pipe.type("/pin -1", "/search harvest", "/search nowhere", "/search", "/thread 2", "/reply 1", "/vote 1")
    await pipe.until("Nothing was found.")
    await pipe.until("-- there is no thread yet")
    await pipe.until("There is no poll on #1.")
    assert not (await place.api(grace).pins(chat.id)).items
    pipe.type("/react 1", "/react 1 -", "/reply 0 x", "/reply ² x", f"/reply {10**19} x")
    for number in ("0", "²", str(10**19)):
        await pipe.until(f"There is no message {number} here.")
    assert pipe.complained.count("More is needed: /react N EMOJI (") == 2
    assert not await pipe.end()
    for text in ("needed: /search WORDS (", "needed: /reply N TEXT ("):
        assert text in pipe.complained
    pins = [line for line in pipe.said.splitlines() if line.startswith("-- #")]
    states = ("#2 is pinned", "#2 is not pinned any more", "#1 is pinned", "#1 is not pinned any more")
    assert pins == [f"-- {state}" for state in states]
    assert pipe.said.count("to #1: And your harvest?") == 4
    assert pipe.said.count("to #1: Here I tell how I am") == 2


async def test_polls_are_voted_in(place: Place, pipe: Pipe) -> None:
    ada, grace = await place.person("ada"), await place.person("grace")
    pipe.begin(place, ada)
    pipe.type("/open @grace", "/poll When? | On Friday | On Saturday", "/poll When? | Now")
    await pipe.until("#1 @ada: When? (a poll: /vote 1)")
    [chat] = await place.api(grace).chats()
    [message] = (await place.api(grace).history(chat.id)).items
    assert message.poll_id is not None
    await place.api(grace).vote(message.poll_id, [1])
    pipe.type("/vote 1", f"/vote 1 000000001{'1' * 5000}", "/vote 1 0", "/vote 1 ²", "/vote 1 2")
    await pipe.until("2  On Saturday  1")
    await pipe.until("2* On Saturday  2")
    await place.api(grace).send(chat.id, text="And what?", poll={"kind": "multiple", "options": ["Tea", "Ham", "Jam"]})
    pipe.type("/vote 2 1,3")
    await pipe.until("    1* Tea  1\n    2  Ham  0\n    3* Jam  1\n")
    assert pipe.complained.count("Which answers?") == 3
    await pipe.until("and what is there to choose?")
    assert not await pipe.end()


async def muted(place: Place, own: session.Session, chat_id: int) -> timedelta:
    """For how much longer a chat is muted."""
    membership = (await place.api(own).chat(chat_id)).membership
    assert membership is not None
    assert membership.muted_until is not None
    return membership.muted_until - clock.now()


async def test_a_chat_is_muted_opened_to_others_and_left(place: Place, pipe: Pipe) -> None:
    ada, grace = await place.person("ada"), await place.person("grace")
    group = await place.api(grace).found_group("Film night", [])
    code = await place.api(grace).invite(group.id)
    pipe.begin(place, ada)
    pipe.type(f"/join {code}", "/mute 8h", "/invite")
    await pipe.until("-- muted until")
    assert timedelta(hours=7) < await muted(place, ada, group.id) <= timedelta(hours=8)
    # What else one hears of it stays as it was said elsewhere.
    await place.api(ada).mute(group.id, None, level="mentions")
    pipe.type("/mute")
    await pipe.until("-- muted for good")
    assert await muted(place, ada, group.id) > timedelta(days=1000)
    membership = (await place.api(ada).chat(group.id)).membership
    assert membership is not None
    assert membership.level == "mentions"
    pipe.type("/mute off", "/mute soon", "/mute 8x", "/mute ²h", f"/mute {10**12}d")
    pipe.type("/leave", "/who", "/new A club", "/invite")
    await pipe.until("-- not muted")
    await pipe.until("-- you are not in Film night any more")
    await pipe.until("No chat is open")
    await pipe.until("-- who types /join ")
    made = pipe.said.partition("-- who types /join ")[2].split()[0]
    assert (await place.api(grace).chat(await place.api(grace).accept_invite(made))).name == "A club"
    assert not await pipe.end()
    assert pipe.complained.count("For how long?") == 4
    assert pipe.said.count("-- you are not in Film night any more") == 1
    assert [chat.name for chat in await place.api(ada).chats()] == ["A club"]


async def test_chats_are_opened_by_their_name_or_number(place: Place, pipe: Pipe) -> None:
    ada, grace = await place.person("ada"), await place.person("grace")
    night, club, film = [
        await place.api(grace).found_group(name, [ada.account_id]) for name in ("Film night", "Film club", "Film")
    ]
    pipe.begin(place, ada)
    pipe.type("/open fil", "/open FILM C", "to the club", "/open", "to nobody", "/open film", "to the film", "/leave")
    # The numbers of others stay as they were; nobody is at that of the one that was left.
    pipe.type("/open 0", "/open 1", "/open 4", "/open 2", "/open 3", "to the night")
    await pipe.until("#1 @ada: to the night")
    assert not await pipe.end()
    assert pipe.complained.count("Which one? /chats lists them.") == 1
    assert pipe.complained.count("There is no such chat: see /chats.") == 3
    assert "so nobody gets this: to nobody" in pipe.complained
    for chat, text in ((night, "to the night"), (club, "to the club"), (film, "to the film")):
        assert [message.text for message in (await place.api(grace).history(chat.id)).items] == [text]


async def test_groups_are_founded_with_others_and_channels_joined_by_their_name(place: Place, pipe: Pipe) -> None:
    ada, grace = await place.person("ada"), await place.person("grace")
    body = {"kind": "channel", "name": "Garden club", "is_public": True}
    await place.stranger.signed_in(grace.tokens).ask("POST", "chats", body=body)
    pipe.begin(place, ada)
    pipe.type("/new A club @grace", "Welcome", "/join garden", "to nobody", "/join GARDEN CLUB", "Hello")
    await pipe.until("#1 @ada: Hello")
    pipe.type("/new @grace", "to nobody either", "/open garden", "/leave", "/open @grace", "I left")
    await pipe.until("#1 @ada: I left")
    assert not await pipe.end()
    assert "-- you are in Garden club now" not in pipe.said
    assert pipe.said.count("-- you are not in Garden club any more") == 1
    assert "There is no such public channel; there are: Garden club" in pipe.complained
    chats = {chat.name: chat.id for chat in await place.api(grace).chats()}
    for name, text in (("A club", "Welcome"), ("Garden club", "Hello")):
        assert [message.text for message in (await place.api(grace).history(chats[name])).items] == [text]


async def test_what_becomes_of_chats_is_told_but_not_what_is_said_in_muted_ones(place: Place, pipe: Pipe) -> None:
    ada, grace = await place.person("ada"), await place.person("grace")
    group = await place.api(grace).found_group("Film night", [ada.account_id])
    pipe.begin(place, ada)
    pipe.type("/open film", "/mute 1h", "/new A club", "/invite")
    await pipe.until("-- who types /join ")
    way = place.stranger.signed_in(grace.tokens)
    await place.api(grace).send(group.id, text="Psst")
    await way.ask("PATCH", "chats", group.id, body={"name": "Film morning"})
    await pipe.until("-- Film night is called Film morning now")
    assert "Psst" not in pipe.said
    club = await place.api(grace).accept_invite(pipe.said.partition("-- who types /join ")[2].split()[0])
    await pipe.until("-- @grace has joined")
    await place.api(grace).leave(club, grace.account_id)
    await pipe.until("-- @grace has left")
    pipe.type("/open film", "/mute off", "/open @grace", "Now?")
    await pipe.until("#1 @ada: Now?")
    await place.api(grace).send(group.id, text="Hear me")
    await pipe.until("[Film morning] @grace: Hear me")
    assert await pipe.end()


async def test_help_is_given_and_nothing_is_done_after_the_end(place: Place, pipe: Pipe) -> None:
    ada = await place.person("ada")
    pipe.begin(place, ada)
    pipe.type("/help", "/quit", "/nonsense")
    assert await pipe.end()
    assert chat_commands.HELP in pipe.said
    assert "nonsense" not in pipe.complained


@pytest.mark.unit
def test_help_tells_of_every_command_once() -> None:
    told = re.findall(r"^  /(\w+)(?: \S.{0,20}?)? {2,}\S", chat_commands.HELP, re.MULTILINE)
    assert len(told) == len(set(told)) == 20


async def test_a_long_chat_is_leafed_through(place: Place, pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_desk, "_KEPT", 5)
    ada, grace = await place.person("ada"), await place.person("grace")
    group = await place.api(grace).found_group("Film night", [ada.account_id])
    async with place.client(grace) as other:
        for number in range(30):
            await other.send(group.id, f"message {number}")
    pipe.begin(place, ada)
    pipe.type("/open 1")
    await pipe.until("#30 @grace: message 29")
    assert "#10 " not in pipe.said
    pipe.type("/back")
    await pipe.until("-- the beginning")
    assert "#1 @grace: message 0" in pipe.said
    # What was asked for last is at hand, however many newer ones were shown.
    pipe.type("/react 2 👍")
    await pipe.until("-- #2: 👍 1")
    assert await pipe.end()


async def test_a_line_without_its_end_is_sent_too(place: Place, pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    # However it is cut, whatever its bytes are, and after more lines than are read ahead.
    monkeypatch.setattr(chat_typed, "_CHUNK", 7)
    ada = await place.person("ada")
    pipe.begin(place, ada)
    os.write(pipe.write, b"/new A club\r\n" + b" \r\n" * 150 + b"last \xc3words")
    assert await pipe.end()
    [chat] = await place.api(ada).chats()
    assert [item.text for item in (await place.api(ada).history(chat.id)).items] == ["last \ufffdwords"]


@pytest.mark.usefixtures("pipe")
@pytest.mark.parametrize(
    ("scopes", "error"),
    [(["auth:read"], client_exceptions.Ended), (["auth:read", "realtime:read"], client_exceptions.Refused)],
)
async def test_a_key_that_may_too_little_ends_it(place: Place, scopes: list[str], error: type[Exception]) -> None:
    ada = await place.person("ada")
    way = place.stranger.signed_in(ada.tokens)
    wanted = {"name": "script", "scopes": scopes}
    made: object = orjson.loads(await way.ask("POST", "auth", "api-keys", body=wanted))
    assert isinstance(made, dict)
    tokens = session.Key(made["secret"]).tokens
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(error):
            await chat_talk.talk(place.url, place.stranger.signed_in(tokens), tokens, name="test")


async def test_a_reader_that_is_gone_ends_it(place: Place, pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = await place.person("ada")
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as gone:
        monkeypatch.setattr("sys.stdout", gone)
        pipe.begin(place, ada)
        pipe.type("/chats")
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(BrokenPipeError):
                await pipe.talk
        # What is left in its buffer has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), write)


@pytest.mark.unit
def test_a_server_of_this_machine_is_found_whatever_its_port(tmp_path: Path) -> None:
    with override(Settings, data_directory=tmp_path, hearth_url=None), data_lock.held(tmp_path) as tell:
        tell("http://127.0.0.1:1")
        done = CliRunner().invoke(app, ["chat"], env={"HEARTH_TOKEN": "a-token"})
        with override(Settings, hearth_url="http://127.0.0.1:2"):
            named = CliRunner().invoke(app, ["chat"], env={"HEARTH_TOKEN": "a-token"})
    assert "No Hearth answers at http://127.0.0.1:1" in done.stderr
    assert "No Hearth answers at http://127.0.0.1:2" in named.stderr
