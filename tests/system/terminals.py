"""`hearth chat` in a pseudo terminal of its own."""

import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from src.config import ROOT
from tests.system.house import until

# Control sequences: what moves the cursor, colours and clears.
_CONTROL = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")
# Wide enough that no line of the tests is broken.
_TERMINAL = {"TERM": "xterm", "COLUMNS": "120", "LINES": "40", "HEARTH_ENV_FILE": ""}


@dataclass
class Terminal:
    """A terminal with the command in it.

    Attributes:
        process: the command.
        seen: all that it has printed, without control sequences.
    """

    process: "subprocess.Popen[bytes]"
    _side: int
    _raw: bytes = b""

    @property
    def seen(self) -> str:
        """All that it has printed so far."""
        while True:
            try:
                chunk = os.read(self._side, 65_536)
            except OSError:
                # Nothing more at present, or nobody on the other side.
                break
            if not chunk:
                break
            self._raw += chunk
        return _CONTROL.sub(b"", self._raw).decode(errors="replace")

    def type(self, text: str | bytes) -> None:
        """Presses keys; a carriage return is Enter."""
        os.write(self._side, text.encode() if isinstance(text, str) else text)

    def hang_up(self) -> None:
        """The window is closed, without a signal; nothing can be seen any more."""
        # The number stays taken, so that it can be closed once more.
        nowhere = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nowhere, self._side)
        os.close(nowhere)

    async def until(self, text: str) -> None:
        """Returns once this was printed."""
        await until(lambda: text in self.seen, f"{text!r} in {self.process.args!r}")


@contextmanager
def opened(url: str, user: str) -> Iterator[Terminal]:
    """A terminal for the length of the block."""
    side, inner = pty.openpty()
    os.set_blocking(side, False)
    environment = {key: value for key, value in os.environ.items() if key != "HEARTH_TOKEN"}
    process = subprocess.Popen(
        [sys.executable, "-m", "src", "chat", "--url", url, "--user", user],
        cwd=ROOT,
        env={**environment, **_TERMINAL},
        stdin=inner,
        stdout=inner,
        stderr=inner,
        start_new_session=True,
    )
    os.close(inner)
    try:
        yield Terminal(process, side)
    finally:
        process.kill()
        process.wait()
        os.close(side)
