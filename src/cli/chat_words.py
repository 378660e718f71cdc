"""What the commands of a chat's terminal are made of: their form, and what all of them read from a line."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from src import visible
from src.cli.chat_desk import Desk
from src.client import exceptions as client_exceptions
from src.client import schemas


class Mistake(Exception):
    """What was typed cannot be done; the text says why."""


class Incomplete(Mistake):
    """Something is missing that the command needs; the text is left to whoever knows how it is used."""


class Quit(Exception):
    """One wants to leave."""


class Command(NamedTuple):
    """A command.

    Attributes:
        word: what follows the slash.
        arguments: what follows the word, as one is told of it.
        help: what it does.
        run: does it on a desk, with all that follows the word.
    """

    word: str
    arguments: str
    help: str
    run: Callable[[Desk, str], Awaitable[None]]

    @property
    def form(self) -> str:
        """How it is typed."""
        return f"/{self.word} {self.arguments}".rstrip()


def open_id(desk: Desk) -> int:
    """The open chat; a mistake if there is none."""
    if desk.open_id is None:
        mistake = "No chat is open: /open N opens one."
        raise Mistake(mistake)
    return desk.open_id


def required(text: str) -> str:
    """What has to be there; the command is incomplete if it is not."""
    if not text:
        raise Incomplete
    return text


async def message(desk: Desk, rest: str) -> tuple[schemas.Message, str]:
    """The message of the open chat whose number comes first, and what follows; a mistake if there is none."""
    open_id(desk)
    number, _, text = required(rest).partition(" ")
    digits = number.removeprefix("#")
    found = await desk.find(int(digits)) if digits.isascii() and digits.isdigit() and len(digits) < 19 else None
    if found is None:
        mistake = f"There is no message {number} here."
        raise Mistake(mistake)
    return found, text.strip()


async def message_with(desk: Desk, rest: str) -> tuple[schemas.Message, str]:
    """The same where something has to follow."""
    found, text = await message(desk, rest)
    return found, required(text)


async def message_alone(desk: Desk, rest: str) -> schemas.Message:
    """The same where nothing may follow: what was meant for two messages is not done to one of them."""
    found, text = await message(desk, rest)
    if text:
        mistake = f"One message at a time: nothing stands behind its number, so not {visible.line(text)}."
        raise Mistake(mistake)
    return found


async def person(desk: Desk, name: str) -> schemas.Person:
    """Somebody by their name; a mistake if there is nobody."""
    try:
        return await desk.api.person(name.removeprefix("@"))
    except client_exceptions.Refused as refused:
        if refused.status == 404:
            mistake = f"There is nobody called {name}."
            raise Mistake(mistake) from None
        raise
