"""The kinds of news about chats, and the key of each.

A person has one piece of news about a chat at most, however much is written there: the key names what they had read
by then. Whoever goes on reading, or writes, gets another key, and so hears of the chat again. Which messages name them
is asked when the news is read, so it is right after an edit, a deletion and whatever was read elsewhere.
"""

from src.chats.constants import ChatKind
from src.notifications import kinds as notifications_kinds

SUBJECT = "chat"
DIRECT = notifications_kinds.Kind("direct_message", subject=SUBJECT, urgent=True)
GROUP = notifications_kinds.Kind("chat_message", subject=SUBJECT, placed=True)
MENTION = notifications_kinds.Kind("chat_mention", subject=SUBJECT, urgent=True, placed=True)
ALL = (DIRECT, GROUP, MENTION)


def of_chat(kind: int) -> notifications_kinds.Kind:
    """The kind of news that a message is which names nobody."""
    return DIRECT if kind == ChatKind.DIRECT else GROUP


def key(kind: notifications_kinds.Kind, chat_id: int, read_seq: int) -> str:
    """The cause of a piece of news."""
    return f"{kind.name}:{chat_id}:{read_seq}"
