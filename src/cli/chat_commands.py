"""What one can type at a chat's terminal: messages, and commands that begin with a slash."""

from typing import Final

from src.cli import chat_rooms, chat_sayings
from src.cli.chat_desk import Desk
from src.cli.chat_words import Command, Incomplete, Mistake, Quit


async def _help(desk: Desk, _rest: str) -> None:
    desk.show(HELP)


async def _quit(_desk: Desk, _rest: str) -> None:
    raise Quit


_COMMANDS: Final = (
    Command("chats", "", "one's chats", chat_rooms.chats),
    Command("open", "N|@NAME|NAME", "open the Nth, the one with a person, or one by its name", chat_rooms.open_chat),
    Command("back", "", "earlier messages", chat_rooms.back),
    Command("search", "WORDS", "messages of the open chat with these words", chat_rooms.search),
    Command("reply", "N TEXT", "answer message #N", chat_sayings.reply),
    Command("thread", "N [TEXT]", "read the thread on message #N, or write in it", chat_sayings.thread),
    Command("edit", "N TEXT", "give message #N another text", chat_sayings.edit),
    Command("delete", "N", "delete message #N for all", chat_sayings.delete),
    Command("react", "N EMOJI", "put an emoji on message #N; with a minus in front take it off", chat_sayings.react),
    Command("pin", "[N]", "pin message #N, with a minus in front take it down; without N all pins", chat_sayings.pin),
    Command("poll", "ASK|A|B", "ask something, with answers to choose from", chat_sayings.poll),
    Command("vote", "N [A ...]", "choose answer A in the poll of message #N, or see how it stands", chat_sayings.vote),
    Command("who", "", "who belongs to the open chat", chat_rooms.who),
    Command("mute", "[8h|off]", "hear nothing of the open chat, for a time or for good", chat_rooms.mute),
    Command("invite", "", "make a code by which others join the open chat", chat_rooms.invite),
    Command("leave", "", "leave the open chat for good", chat_rooms.leave),
    Command("new", "NAME [@WHO ...]", "found a group", chat_rooms.new),
    Command("join", "NAME|CODE", "join a public channel, or where an invite leads", chat_rooms.join),
    Command("help", "", "this list", _help),
    Command("quit", "", "end this (so do Ctrl-D and Ctrl-C)", _quit),
)
_BY_WORD: Final = {command.word: command for command in _COMMANDS}
HELP: Final = "\n".join(
    (
        *(f"  {command.form:<22}{command.help}" for command in _COMMANDS),
        "Everything else is sent to the open chat; // at the beginning stands for one slash.",
    )
)


async def run(desk: Desk, line: str) -> None:
    """Runs a command on a desk; `line` without its slash, the word in small letters or large.

    Raises:
        Mistake: it is none, or cannot be done.
        Quit: that was it.
        Refused, Unreachable: as `Calls.ask`.
    """
    word, _, rest = line.strip().partition(" ")
    command = _BY_WORD.get(word.lower())
    if command is None:
        mistake = f"There is no command /{word}: /help lists them."
        raise Mistake(mistake)
    if rest.strip() and not command.arguments:
        # `/leave 3` is not to leave the open chat.
        mistake = f"{command.form} stands alone ({command.help})"
        raise Mistake(mistake)
    try:
        await command.run(desk, rest.strip())
    except Incomplete:
        mistake = f"More is needed: {command.form} ({command.help})"
        raise Mistake(mistake) from None
