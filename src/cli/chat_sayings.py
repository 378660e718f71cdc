"""Commands about messages of the open chat: answering, changing, keeping and counting them."""

from src.cli import chat_lines
from src.cli.chat_desk import Desk
from src.cli.chat_words import Mistake, message, message_alone, message_with, open_id, required


async def reply(desk: Desk, rest: str) -> None:
    """Answers a message."""
    found, text = await message_with(desk, rest)
    await desk.api.send(open_id(desk), text=text, reply_to_id=str(found.id))


async def thread(desk: Desk, rest: str) -> None:
    """Shows the thread of a message, or writes in it."""
    found, text = await message(desk, rest)
    if text:
        await desk.api.send(open_id(desk), text=text, thread_id=str(found.id))
        return
    replies = await desk.api.thread(open_id(desk), found.id)
    desk.tell(await desk.api.message(open_id(desk), found.id))
    desk.show_all(replies)
    if not replies.items:
        desk.show("-- there is no thread yet: /thread N TEXT begins one")


async def edit(desk: Desk, rest: str) -> None:
    """Gives a message another text."""
    found, text = await message_with(desk, rest)
    await desk.api.edit(open_id(desk), found.id, text)


async def delete(desk: Desk, rest: str) -> None:
    """Deletes a message for all."""
    found = await message_alone(desk, rest)
    await desk.api.delete(open_id(desk), found.id)


async def react(desk: Desk, rest: str) -> None:
    """Puts an emoji on a message, or takes it off."""
    found, text = await message_with(desk, rest)
    emoji = required(text.removeprefix("-"))
    await desk.api.react(open_id(desk), found.id, emoji, is_on=emoji == text)


async def pin(desk: Desk, rest: str) -> None:
    """Keeps a message in sight, takes it down, or shows all that are kept."""
    chat_id = open_id(desk)
    if rest:
        is_on = not rest.startswith("-")
        found = await message_alone(desk, rest.removeprefix("-"))
        await desk.api.pin(chat_id, found.id, is_on=is_on)
        # At once, also where it was so before. What comes of it over the socket is no news then.
        now = desk.messages[found.seq] = found.model_copy(update={"is_pinned": is_on})
        desk.show(chat_lines.pinned(now))
        return
    pins = await desk.api.pins(chat_id)
    desk.show_all(pins)
    if not pins.items:
        desk.show("-- nothing is pinned: /pin N does it")


async def poll(desk: Desk, rest: str) -> None:
    """Asks something with answers to choose from."""
    question, *options = [part.strip() for part in required(rest).split("|")]
    if len(options) < 2 or "" in (question, *options):
        mistake = "What is asked, and what is there to choose? /poll QUESTION | ANSWER | ANSWER"
        raise Mistake(mistake)
    await desk.api.send(open_id(desk), text=question, poll={"options": options})


async def vote(desk: Desk, rest: str) -> None:
    """Chooses in a poll, or shows how it stands."""
    found, text = await message(desk, rest)
    if found.poll_id is None:
        mistake = f"There is no poll on #{found.seq}."
        raise Mistake(mistake)
    numbers = text.replace(",", " ").split()
    if any(not (number.isascii() and number.isdigit() and len(number) < 4 and int(number)) for number in numbers):
        mistake = "Which answers? /vote N 1, or /vote N 1 3 where several may be chosen"
        raise Mistake(mistake)
    if numbers:
        await desk.api.vote(found.poll_id, [int(number) - 1 for number in numbers])
    desk.show(chat_lines.poll(await desk.api.poll(found.poll_id)))
