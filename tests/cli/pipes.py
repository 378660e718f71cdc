"""`hearth chat` through pipes: lines are typed, and what is printed is read."""

import asyncio
import os
from dataclasses import dataclass, field

import pytest

from src.cli import chat_talk
from src.client import session
from tests.client.places import Place

PATIENCE = 60


@dataclass
class Pipe:
    """Standard input and output of the terminal under test."""

    capsys: pytest.CaptureFixture[str]
    read: int
    write: int
    said: str = ""
    complained: str = ""
    talk: "asyncio.Task[bool]" = field(init=False)

    def begin(self, place: Place, own: session.Session) -> None:
        """Somebody sits down."""
        way = place.stranger.signed_in(own.tokens)
        self.talk = asyncio.create_task(chat_talk.talk(place.url, way, own.tokens, name="test"))

    def type(self, *lines: str) -> None:
        """Types lines."""
        os.write(self.write, "".join(f"{line}\n" for line in lines).encode())

    async def until(self, text: str) -> None:
        """Returns once this was printed, on either way."""
        async with asyncio.timeout(PATIENCE):
            while text not in self.said + self.complained:
                assert not self.talk.done() or self.talk.result(), (self.said, self.complained)
                await asyncio.sleep(0.01)
                self.look()

    async def end(self) -> bool:
        """The input ends; whether all could be done."""
        os.close(self.write)
        async with asyncio.timeout(PATIENCE):
            done = await self.talk
        self.look()
        return done

    def look(self) -> None:
        """Takes what was printed."""
        found = self.capsys.readouterr()
        self.said += found.out
        self.complained += found.err
