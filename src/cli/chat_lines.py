"""How chats and messages look as lines of a terminal, which are cleaned when they are shown. Pure."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from src import clock, visible
from src.client import schemas

_BRIEF = 100
_CODE = re.compile(r"[0-9a-z]{4}(?:-[0-9a-z]{4}){3}", re.IGNORECASE)
_HOOK = re.compile(r"hook_[0-9a-f]{12}")


def title(chat: schemas.Chat, me: schemas.Account) -> str:
    """What a chat is called."""
    if chat.name is not None:
        return visible.line(chat.name)
    if chat.partner is None:
        return "(somebody who is gone)"
    return handle(chat.partner.username) + (" (you)" if chat.partner.id == me.id else "")


def handle(username: str) -> str:
    """How somebody is named."""
    return f"@{visible.line(username)}"


def writer(person: schemas.Person) -> str:
    """How somebody is named who writes: a hook's bot has a username that says nothing, so by the name it was given."""
    is_hook = person.is_bot and _HOOK.fullmatch(person.username) is not None
    return f"{visible.line(person.display_name)} (bot)" if is_hook else handle(person.username)


def member(found: schemas.Member) -> str:
    """Somebody in the list of members."""
    role = "" if found.role == "member" else f"  {visible.line(found.role)}"
    return f"  {handle(found.user.username)}  {visible.line(found.user.display_name)}{role}"


def listed(number: int, name: str, *, unread: int, mentions: int) -> str:
    """A chat in the list."""
    parts = [f"{unread} new"] if unread else []
    if mentions:
        parts.append("names you")
    return f"{number:>3}  {name:<32}{', '.join(parts)}".rstrip()


def message(found: schemas.Message, author: str, *, to: int | None = None) -> str:
    """A message of the open chat; `to` is the number of the one that it answers."""
    head = f"{moment(found.created_at)} #{found.seq} {author}{'' if to is None else f' to #{to}'}: "
    marks = [f"({mark})" for mark in _marks(found)]
    return head + _indented(" ".join([_text(found), *marks]).strip())


def _text(found: schemas.Message) -> str:
    return "(deleted)" if found.deleted_at is not None else found.text


def _marks(found: schemas.Message) -> Iterator[str]:
    for item in found.media:
        alt = f" {item.alt_text}" if item.alt_text else ""
        yield f"{item.kind}{alt}"
    if found.edited_at is not None:
        yield "edited"
    if found.poll_id is not None:
        yield f"a poll: /vote {found.seq}"
    if found.replies_count:
        yield f"{found.replies_count} in its thread"
    if found.reactions:
        yield reactions(found.reactions)


def poll(found: schemas.Poll) -> str:
    """A poll as it stands."""
    head = [_indented(f"  {found.question}")] if found.question else []
    chosen = found.choices or []
    lines = [
        f"  {number + 1:>3}{'*' if number in chosen else ' '} {visible.line(option.text)}"
        + ("" if option.votes is None else f"  {option.votes}")
        for number, option in enumerate(found.options)
    ]
    return "\n".join([*head, *lines, *(["-- it has ended"] if found.has_ended else [])])


def code(text: str) -> str | None:
    """The code of an invite, if that is what was typed."""
    return text if _CODE.fullmatch(text) else None


def brief(name: str, author: str, text: str) -> str:
    """A message of another chat, in a line."""
    line = " ".join(text.split())
    cut = line if len(line) <= _BRIEF else f"{line[: _BRIEF - 3]}..."
    return f"[{name}] {cut}" if name == author else f"[{name}] {author}: {cut}"


def reactions(found: Sequence[schemas.Reaction]) -> str:
    """The emojis on a message."""
    return " ".join(f"{visible.line(each.emoji)} {each.count}" for each in found) or "no reactions"


def pinned(found: schemas.Message) -> str:
    """That a message is kept in sight from now on, or is not."""
    return f"-- #{found.seq} is {'pinned' if found.is_pinned else 'not pinned any more'}"


def moment(instant: datetime) -> str:
    """An instant in the time of this machine; its day, too, if it is not today."""
    here = instant.astimezone()
    return f"{here:%H:%M}" if here.date() == clock.now().astimezone().date() else f"{here:%Y-%m-%d %H:%M}"


def _indented(text: str) -> str:
    return text.replace("\n", "\n      ")
