"""What comes through to the line of a chat's terminal, and what does not."""

import os
import pty
import select
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.keys import Keys

from src.cli import chat_keys, chat_typed

pytestmark = pytest.mark.unit

UP = "\x1b[A"
PATIENCE = 20


def passed(*pieces: str) -> str:
    sieve = chat_keys.Sieve()
    return "".join(sieve.passed(piece) for piece in pieces) + sieve.flushed()


@pytest.mark.parametrize(
    "text",
    ["What's up?", UP, "\x1bOP", "\x1b[[A", "\x1b[1;5C", "\x1b", "\x1b[", "\x1bb", "\x1b\x1b[3~", "\x03", "\x04"],
)
def test_text_and_keys_come_through(text: str) -> None:
    assert passed(text) == text
    assert passed(*text) == text
    assert passed("a", text) == f"a{text}"


@pytest.mark.parametrize(
    "report",
    [
        "\x1b[M !!",
        "\x1b[M\ufffd\ufffd\ufffd",
        "\x1b[M\n\n\n",
        "\x1b[<0;3;4M",
        "\x1b[<64M",
        "\x1b[1M",
        "\x1b[;;m",
        "\x1b[5;5R",
        "\x1b[?1;2c",
        "\x1b[?2026;2$y",
    ],
)
def test_reports_of_a_terminal_do_not(report: str) -> None:
    assert passed(f"a{report}b") == "ab"
    assert passed("a", *report, "b") == "ab"


def test_a_sequence_without_an_end_is_text_sooner_or_later() -> None:
    assert passed("\x1b[", *["7" * 50] * 9) == "7" * 350
    assert passed("\x1b[<" + "\u0661" * 9 + "M") == "<" + "\u0661" * 9 + "M"
    assert passed("\x1b[<12") == ""


def test_a_key_is_pressed_once() -> None:
    sieve = chat_keys.Sieve()
    assert [sieve.passed("\x1b"), sieve.flushed(), sieve.passed("a")] == ["", "\x1b", "a"]


def test_a_paste_ends_with_its_end_or_with_an_interrupt() -> None:
    begin, end = "\x1b[200~", "\x1b[201~"
    assert passed(f"{begin}a\r\nb{end}c") == f"{begin}a\r\nb{end}c"
    assert passed(f"{begin}a", "\x03", "\x04") == f"{begin}a{end}\x03\x04"
    assert passed(f"a{end}b\x03") == "ab\x03"
    # What is pasted presses no key.
    assert passed(f"{begin}a\x03b", "c\x03", f"\x03{end}\x03") == f"{begin}abc{end}\x03"


@given(st.lists(st.text(alphabet="\x1b[<M;19~ABO\x03a\u0661", max_size=6), max_size=10))
def test_it_matters_not_how_it_is_cut(pieces: list[str]) -> None:
    sieve, whole = chat_keys.Sieve(), chat_keys.Sieve()
    shown = "".join(sieve.passed(piece) for piece in pieces)
    assert shown + sieve.flushed() == whole.passed("".join(pieces)) + whole.flushed()


@pytest.fixture
def sides() -> Iterator[tuple[int, chat_keys.Keyboard]]:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs) as stream:
        yield ours, chat_keys.Keyboard(stream)


def test_a_terminal_that_is_gone_is_closed(sides: tuple[int, chat_keys.Keyboard]) -> None:
    ours, keyboard = sides
    with keyboard.raw_mode():
        os.write(ours, b"\xc3")
        assert select.select([keyboard.fileno()], [], [], PATIENCE)[0]
        assert not keyboard.read_keys()
        os.write(ours, b"\xa9\xff\x1b[<64M\x1b[A\x1b")
        assert select.select([keyboard.fileno()], [], [], PATIENCE)[0]
        keys = [*keyboard.read_keys(), *keyboard.flush_keys()]
        assert [key.key for key in keys] == ["é", "\ufffd", Keys.Up, Keys.Escape]
        assert not keyboard.read_keys()
        assert not keyboard.closed
        os.close(ours)
        assert select.select([keyboard.fileno()], [], [], PATIENCE)[0]
        assert not keyboard.read_keys()
        assert keyboard.closed


def test_a_key_that_is_pressed_while_lines_are_printed_is_a_key(sides: tuple[int, chat_keys.Keyboard]) -> None:
    ours, keyboard = sides
    with keyboard.raw_mode():
        # As `run_in_terminal` does it.
        with keyboard.cooked_mode():
            os.write(ours, b"a\x03\x04")
            assert select.select([keyboard.fileno()], [], [], PATIENCE)[0]
        assert [key.key for key in keyboard.read_keys()] == ["a", Keys.ControlC, Keys.ControlD]
    # Nothing was echoed.
    assert not select.select([ours], [], [], 0)[0]


def test_a_terminal_that_cannot_be_read_is_closed() -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(ours) as stream:
        keyboard = chat_keys.Keyboard(stream)
        # On this side, what is read then is no end but an error.
        os.close(theirs)
        assert not keyboard.read_keys()
        assert keyboard.closed


def test_what_was_not_read_is_left_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "wb", buffering=0) as side, os.fdopen(theirs) as stream:
        monkeypatch.setattr("sys.stdin", stream)
        monkeypatch.setattr("sys.stdout", stream)
        side.write(b"touch this\n")
        assert select.select([theirs], [], [], PATIENCE)[0]
        with pytest.raises(LookupError), chat_typed.opened(str, str, print):
            raise LookupError
        assert not select.select([theirs], [], [], 0)[0]
        # A terminal that is gone has nothing to throw away.
        with chat_typed.opened(str, str, print):
            side.close()
