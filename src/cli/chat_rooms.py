"""Commands about chats as wholes: which there are, who is in them, what they say to one, what was said in them."""

from datetime import timedelta
from typing import Final

from src import clock, visible
from src.cli import chat_lines
from src.cli.chat_desk import Desk
from src.cli.chat_words import Mistake, open_id, person, required

_UNITS: Final = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
# What is muted for good is so until then.
_FOR_GOOD: Final = timedelta(days=365 * 10)


async def chats(desk: Desk, _rest: str) -> None:
    """Lists one's chats."""
    await desk.load()
    desk.list_chats()
    if not desk.numbers:
        desk.show("There are no chats yet: /open @NAME begins one.")


async def open_chat(desk: Desk, rest: str) -> None:
    """Opens a chat."""
    desk.let_go()
    await desk.open(await _found(desk, required(rest)))


async def _found(desk: Desk, wanted: str) -> int:
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 10:
        number = int(wanted)
        if 1 <= number <= len(desk.numbers) and desk.numbers[number - 1] in desk.seats:
            return desk.numbers[number - 1]
    elif wanted.startswith("@"):
        chat = await desk.api.direct((await person(desk, wanted)).id)
        desk.add(chat)
        return chat.id
    names = {chat_id: desk.title(chat_id).casefold() for chat_id in desk.seats}
    name = wanted.casefold()
    found = [chat_id for chat_id in names if names[chat_id] == name]
    found = found or [chat_id for chat_id in names if names[chat_id].startswith(name)]
    if len(found) != 1:
        mistake = "Which one? /chats lists them." if found else "There is no such chat: see /chats."
        raise Mistake(mistake)
    return found[0]


async def back(desk: Desk, _rest: str) -> None:
    """Shows earlier messages."""
    open_id(desk)
    await desk.back()


async def new(desk: Desk, rest: str) -> None:
    """Founds a group."""
    desk.let_go()
    words = rest.split()
    people = [word for word in words if word.startswith("@")]
    name = " ".join(word for word in words if not word.startswith("@"))
    required(name)
    member_ids = [(await person(desk, each)).id for each in people]
    chat = await desk.api.found_group(name, member_ids)
    desk.add(chat)
    await desk.open(chat.id)


async def join(desk: Desk, rest: str) -> None:
    """Joins a public channel, or where the code of an invite leads."""
    desk.let_go()
    code = chat_lines.code(required(rest))
    if code is not None:
        chat = await desk.api.chat(await desk.api.accept_invite(code))
    else:
        found = await desk.api.public_channels(rest)
        same = [chat for chat in found if chat_lines.title(chat, desk.me).casefold() == rest.casefold()]
        if not same:
            near = ", ".join(chat_lines.title(chat, desk.me) for chat in found[:5])
            mistake = f"There is no such public channel{f'; there are: {near}' if near else '.'}"
            raise Mistake(mistake)
        chat = await desk.api.join(same[0].id)
    desk.add(chat)
    await desk.open(chat.id)


async def who(desk: Desk, _rest: str) -> None:
    """Lists the members."""
    for member in await desk.api.members(open_id(desk)):
        desk.show(chat_lines.member(member))


async def search(desk: Desk, rest: str) -> None:
    """Shows messages of the open chat in which these words stand."""
    found = await desk.api.search(open_id(desk), required(rest))
    desk.show_all(found)
    if not found.items:
        desk.show("Nothing was found.")


async def leave(desk: Desk, _rest: str) -> None:
    """Gives up one's place in the open chat."""
    chat_id = open_id(desk)
    name = desk.title(chat_id)
    await desk.api.leave(chat_id, desk.me.id)
    desk.remove(chat_id)
    desk.show(f"-- you are not in {name} any more")


async def mute(desk: Desk, rest: str) -> None:
    """Silences the open chat for a time, or lets it speak again."""
    chat_id = open_id(desk)
    await desk.load_one(chat_id)
    membership = desk.seats[chat_id].chat.membership
    until = None if rest == "off" else clock.now() + _span(rest)
    await desk.api.mute(chat_id, until, level=None if membership is None else membership.level)
    await desk.load_one(chat_id)
    if until is None:
        desk.show("-- not muted")
    else:
        desk.show(f"-- muted until {chat_lines.moment(until)}" if rest else "-- muted for good")


def _span(text: str) -> timedelta:
    if not text:
        return _FOR_GOOD
    number, unit = text[:-1], _UNITS.get(text[-1])
    if unit is None or not (number.isascii() and number.isdigit() and len(number) < 4 and int(number)):
        mistake = "For how long? /mute 30m, /mute 8h, /mute 7d, /mute, or /mute off"
        raise Mistake(mistake)
    return int(number) * unit


async def invite(desk: Desk, _rest: str) -> None:
    """Makes a code that others join by."""
    code = await desk.api.invite(open_id(desk))
    desk.show(f"-- who types /join {visible.line(code)} is in it; the code is shown only now")
