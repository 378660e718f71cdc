"""The rules of a message's text, whether it is sent or edited: how it is stored, and whom it names."""

from collections.abc import Sequence
from dataclasses import dataclass

from src import markup
from src.chats import exceptions
from src.chats.constants import MAX_MENTIONS

# Names everybody who is in the chat; nobody can have it as a username.
_ALL = "all"


@dataclass(frozen=True, slots=True)
class Content:
    """A text that has passed the rules, with whom it names."""

    text: str
    usernames: Sequence[str]
    names_all: bool


def content_of(text: str, *, may_be_blank: bool) -> Content:
    """The text as it is stored.

    Raises:
        MessageEmpty: there is nothing to see, and nothing else that would be seen instead.
    """
    text = markup.clean(text)
    if markup.is_blank(text):
        if not may_be_blank:
            raise exceptions.MessageEmpty
        return Content("", (), names_all=False)
    mentions = markup.parse(text).mentions if "@" in text else ()
    names = [username for username in mentions if username != _ALL]
    return Content(text, names[:MAX_MENTIONS], names_all=_ALL in mentions)
