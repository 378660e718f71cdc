"""Two people at two terminals, through a server that is killed while they write."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from src.config import ROOT
from tests.system import terminals
from tests.system.house import PATIENCE, House, until

pytestmark = pytest.mark.system

PASSWORD = "a table of seven stones"
# The space comes when nothing is echoed any more; what is typed before it is thrown away.
ASKED = ": "


async def _end(terminal: terminals.Terminal, key: str) -> int:
    terminal.type(key)
    return await asyncio.to_thread(terminal.process.wait, PATIENCE)


async def test_two_terminals_talk_through_a_server_that_is_killed(house: House) -> None:
    for name in ("ada", "grace"):
        await house.sign_up(name)
    with terminals.opened(house.url, "ada") as ada, terminals.opened(house.url, "grace") as grace:
        for terminal in (ada, grace):
            await terminal.until(ASKED)
            terminal.type(f"{PASSWORD}\r")
            await terminal.until("/help tells the rest")
        ada.type("/open @grace\r")
        await ada.until("@grace>")
        ada.type("How are you?\r")
        await ada.until("#1 @ada: How are you?")
        await grace.until("[@ada] How are you?")
        grace.type("/open @ada\r")
        await grace.until("@ada>")
        grace.type("Fine")
        await ada.until("@grace is writing")
        grace.type(", and you?\r")
        await ada.until("#2 @grace: Fine, and you?")

        await house.kill()
        for terminal in (ada, grace):
            await terminal.until("-- not connected")
        ada.type("First while it was away\r")
        ada.type("Second while it was away\r")
        await house.start(port=int(house.url.rpartition(":")[2]))
        for terminal in (ada, grace):
            await terminal.until("#4 @ada: Second while it was away")
            assert terminal.seen.count("#3 @ada: First while it was away") == 1
        grace.type("/edit 2 Fine, thank you.\r")
        await ada.until("#2 @grace: Fine, thank you. (edited)")

        assert await _end(ada, "\x04") == 0
        assert await _end(grace, "\x03") == 0
        assert PASSWORD not in ada.seen + grace.seen


# Reports of a mouse and of a cursor that are broken, nameless or endless, bytes that are no text, a bare Escape.
_HOSTILE = (
    b"\x1b[M\xff\xff\xff",
    b"\x1b[<64M",
    b"\x1b[1M",
    "\x1b[<\u0661M".encode(),
    b"\x1b[5;5R\x1b[<0;999;999M",
    b"\x1b[" + b"1" * 3000 + b";1R",
    b"/who \xff\xc0\r",
    b"\xff\r",
    b"\x1b[",
    b"\x1b",
)


@pytest.mark.parametrize("end", ["hang up", "terminate", "interrupt an endless paste"])
async def test_whatever_a_terminal_sends_it_goes_on_and_ends_when_it_should(house: House, end: str) -> None:
    await house.sign_up("ada")
    with terminals.opened(house.url, "ada") as ada:
        await ada.until(ASKED)
        ada.type(f"{PASSWORD}\r")
        await ada.until("/help tells the rest")
        ada.type("/open @ada\r")
        await ada.until("@ada (you)>")
        for number, hostile in enumerate(_HOSTILE):
            ada.type(hostile)
            # Whatever is left of it in the line is not meant.
            ada.type(f"\x15/nothing{number}\r")
            await ada.until(f"no command /nothing{number}")
        assert "Traceback" not in ada.seen
        assert "Exception" not in ada.seen
        if end == "hang up":
            ada.hang_up()
        elif end == "terminate":
            ada.process.terminate()
        else:
            ada.type(b"\x1b[200~never ended")
            # What is read together with the paste is text of it.

            def ended() -> bool:
                ada.type(b"\x03")
                return ada.process.poll() is not None

            await until(ended, "the end")
        await asyncio.to_thread(ada.process.wait, PATIENCE)


async def test_a_wrong_password_and_a_signal_end_it(house: House) -> None:
    token = await house.sign_up("ada")
    with terminals.opened(house.url, "ada") as ada:
        await ada.until(ASKED)
        assert await _end(ada, "something else\r") == 1
        await ada.until("hearth: ")
    script = subprocess.Popen(  # noqa: ASYNC220  it is waited for in a thread
        [sys.executable, "-m", "src", "chat", "--url", house.url],
        cwd=ROOT,
        env={**os.environ, "HEARTH_TOKEN": token, "HEARTH_ENV_FILE": ""},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert script.stdin is not None
    assert script.stdout is not None
    script.stdin.write(b"/help\n")
    script.stdin.flush()
    assert b"/chats" in await asyncio.to_thread(script.stdout.readline)
    script.send_signal(signal.SIGTERM)
    _, errors = await asyncio.to_thread(script.communicate, timeout=PATIENCE)
    assert (script.returncode, errors) == (130, b"")
