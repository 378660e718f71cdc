"""The keys of a chat's terminal, whatever its other side sends: reports, halves of sequences, bytes that are no text.

What reads keys here believes its terminal: a broken report of the mouse breaks it, one without an end grows without
bound, and a paste without an end swallows every key. So nothing but sequences of keys comes through to it.
"""

import os
import re
import select
import termios
from codecs import getincrementaldecoder
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Final, TextIO

from prompt_toolkit.input.ansi_escape_sequences import ANSI_SEQUENCES
from prompt_toolkit.input.posix_utils import PosixStdinReader
from prompt_toolkit.input.vt100 import Vt100Input
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output.vt100 import Vt100_Output

_PASTE: Final = "\x1b[200~"
_PASTED: Final = "\x1b[201~"
_INTERRUPT: Final = "\x03"
# No key sends more; what is longer is none.
_MOST: Final = 64
_KEYS: Final = sorted((key for key in (*ANSI_SEQUENCES, _PASTED) if key.startswith("\x1b[")), key=len, reverse=True)
# The second part is any control sequence of ECMA-48, section 5.4, or a report of xterm's mouse, or only its beginning.
_PARTS: Final = re.compile(
    f"{_INTERRUPT}|{'|'.join(map(re.escape, _KEYS))}|" + r"(?P<unknown>\x1b\[(?:M.{3}|[0-?]*[ -/]*[@-~])?)",
    re.DOTALL,
)
_UNFINISHED: Final = re.compile(r"\x1b(?:\[(?:M.{0,2}|\[|[0-?]*[ -/]*))?\Z", re.DOTALL)
# What somebody may have pressed on purpose although nothing follows: Escape, and Alt with a bracket.
_ALONE: Final = frozenset({"\x1b", "\x1b["})


class Sieve:
    """Lets text and the sequences of keys through, and nothing else that begins like one."""

    def __init__(self) -> None:
        self._held = ""
        self._is_pasting = False
        self._is_alone = False

    def passed(self, text: str) -> str:
        """What comes through of what was held and this, as it was read at once; a sequence that may go on is held."""
        self._is_alone = text == _INTERRUPT
        whole = self._held + text
        unfinished = _UNFINISHED.search(whole)
        end = len(whole) if unfinished is None else unfinished.start()
        self._held = whole[end:] if len(whole) - end <= _MOST else ""
        return _PARTS.sub(self._part, whole[:end])

    def flushed(self) -> str:
        """Nothing follows for now: what was held comes through if it is a key."""
        held, self._held = self._held, ""
        return held if held in _ALONE else ""

    def _part(self, found: re.Match[str]) -> str:
        part = found[0]
        if part == _INTERRUPT and self._is_pasting:
            # Amid other text it was pasted. By itself it was pressed: the end of the paste was lost.
            self._is_pasting = not self._is_alone
            return "" if self._is_pasting else _PASTED + part
        if part == _PASTED and not self._is_pasting:
            return ""
        if part in {_PASTE, _PASTED}:
            self._is_pasting = part == _PASTE
        return "" if found["unknown"] else part


class _Reader(PosixStdinReader):
    """Reads from a terminal until it is gone; its base takes an error of a terminal for silence, and asks again."""

    def __init__(self, source: int, sieve: Sieve) -> None:
        super().__init__(source)
        self._sieve = sieve
        self._decoder = getincrementaldecoder("utf-8")(errors="replace")

    def read(self, count: int = 1024) -> str:
        """What was typed; nothing, with `closed` set, at the end."""
        if self.closed:
            return ""
        try:
            if not select.select([self.stdin_fd], [], [], 0)[0]:
                return ""
            typed = os.read(self.stdin_fd, count)
        except OSError:
            typed = b""
        self.closed = not typed
        return self._sieve.passed(self._decoder.decode(typed, final=self.closed))


class Keyboard(Vt100Input):
    """A terminal's keys."""

    def __init__(self, source: TextIO) -> None:
        """Reads from this terminal."""
        super().__init__(source)
        self._sieve = Sieve()
        self.stdin_reader = _Reader(source.fileno(), self._sieve)

    def flush_keys(self) -> list[KeyPress]:
        """The keys that may be the beginning of others, when nothing follows."""
        self.vt100_parser.feed(self._sieve.flushed())
        return super().flush_keys()

    def cooked_mode(self) -> AbstractContextManager[None]:
        """The terminal stays as it is while lines are printed above the line that is being written.

        Those need no other mode, and in that one keys would be lost, echoed, or signals.
        """
        return nullcontext()

    def forget(self) -> None:
        """Throws away what was not read: who reads next, a shell perhaps, would take it for commands."""
        with suppress(termios.error):
            termios.tcflush(self.fileno(), termios.TCIFLUSH)


class Screen(Vt100_Output):
    """A terminal's screen. When it is gone, nobody misses what it does not show: the keyboard says that it is over."""

    @classmethod
    def of(cls, stream: TextIO) -> "Screen":
        """The screen of this terminal. It is not asked where its cursor is, for anybody may have typed the answer."""
        found = cls.from_pty(stream, os.environ.get("TERM"), ColorDepth.from_env())
        assert isinstance(found, cls)  # noqa: S101  its base says less than it does
        found.enable_cpr = False
        return found

    def flush(self) -> None:
        """Shows what was written."""
        with suppress(OSError):
            super().flush()
