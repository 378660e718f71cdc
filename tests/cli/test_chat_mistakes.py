"""`hearth chat` with what cannot be done: nothing is done, and it is told why."""

import pytest
from typer.testing import CliRunner

from src.cli import chat_commands
from src.cli.application import app
from tests.cli.pipes import Pipe
from tests.client.places import Place


async def test_what_cannot_be_done_is_told(place: Place, pipe: Pipe) -> None:
    ada = await place.person("ada")
    pipe.begin(place, ada)
    pipe.type(
        "hello\x1b[A",
        "/nonsense",
        "/open 7",
        "/open @nobody",
        "/who",
        "/back",
        "/search words",
        "/pin",
        "/mute",
        "/invite",
        "/leave",
        "/join",
        "/new",
        "/join Nowhere",
        "/new A club",
        "/edit 9 x",
        "x" * 10_001,
    )
    for text in (
        "nobody gets this: hello?[A",
        "no command /nonsense",
        "There is no such chat: see /chats.",
        "There is nobody called @nobody.",
        "No chat is open: /open N opens one.",
        "There is no such public channel.",
        "There is no message 9 here.",
        "Not sent: xxx",
    ):
        await pipe.until(text)
    assert pipe.complained.count("No chat is open: /open N opens one.") == 7
    assert not await pipe.end()


async def test_a_command_that_stands_alone_does_nothing_with_something_behind_it(place: Place, pipe: Pipe) -> None:
    ada = await place.person("ada")
    pipe.begin(place, ada)
    pipe.type(
        "/new A club", "/leave 3", "/quit now", "Hello", "Is it you?", "/delete 1 2", "/pin 1 please", "/pin -1 2"
    )
    assert not await pipe.end()
    told = [line.partition(" (")[0] for line in pipe.complained.splitlines()]
    alone = "hearth: One message at a time: nothing stands behind its number, so not"
    assert told == [
        "hearth: /leave stands alone",
        "hearth: /quit stands alone",
        *(f"{alone} {words}." for words in ("2", "please", "2")),
    ]
    [club] = await place.api(ada).chats()
    assert [message.text for message in (await place.api(ada).history(club.id)).items if message.text] == [
        "Hello",
        "Is it you?",
    ]
    assert not (await place.api(ada).pins(club.id)).items


async def test_nothing_is_asked_without_words_and_nobody_muted_for_no_time(place: Place, pipe: Pipe) -> None:
    ada = await place.person("ada")
    pipe.begin(place, ada)
    pipe.type("/new A club", "/poll | tea | cake", "/poll What? | tea |", "/poll What?", "/mute 0h", "/mute 00m")
    assert not await pipe.end()
    assert pipe.complained.count("What is asked, and what is there to choose?") == 3
    assert pipe.complained.count("For how long?") == 2
    [club] = await place.api(ada).chats()
    assert club.membership is not None
    assert (club.last_seq, club.membership.muted_until) == (0, None)


async def test_who_leaves_something_out_is_told_how_it_is_typed(place: Place, pipe: Pipe) -> None:
    ada = await place.person("ada")
    pipe.begin(place, ada)
    needy = ("search", "reply", "thread", "edit", "delete", "react", "poll", "vote", "new", "join", "open")
    pipe.type("/new A club", "Hello", *(f"/{word}" for word in needy))
    assert not await pipe.end()
    told = [line.partition(" (")[0] for line in pipe.complained.splitlines()]
    forms = [line[:24].strip() for word in needy for line in chat_commands.HELP.splitlines() if f"/{word} " in line]
    assert told == [f"hearth: More is needed: {form}" for form in forms]
    assert "hearth: More is needed: /edit N TEXT (give message #N another text)\n" in pipe.complained


async def test_commands_are_taken_in_large_letters_and_refusals_with_their_reason(place: Place, pipe: Pipe) -> None:
    await place.person("grace")
    pipe.begin(place, await place.person("ada"))
    pipe.type("/OPEN @grace", "How are you?", "/React 1 :tada:")
    await pipe.until("hearth: The input was refused. This is not one emoji.\n")
    assert not await pipe.end()


@pytest.mark.unit
@pytest.mark.parametrize(
    ("arguments", "token", "text"),
    [
        (["--url", "example.org"], "", "is no address of a server"),
        (["--url", "http://127.0.0.1:1"], "", "no terminal to ask for a password: give a token in HEARTH_TOKEN"),
        (["--user", "ada"], "a-token", "HEARTH_TOKEN says who one is, and so does --user"),
        (["--url", "http://127.0.0.1:1"], "a-token", "No Hearth answers at http://127.0.0.1:1"),
    ],
)
def test_what_cannot_begin_says_why(arguments: list[str], token: str, text: str) -> None:
    done = CliRunner().invoke(app, ["chat", *arguments], env={"HEARTH_TOKEN": token})
    assert done.exit_code == 1
    assert text in done.stderr
