"""Of which messages members are told who have said nothing about it, and whose chats are silent at present."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, SmallInteger, case, func, literal_column

from src.chats import models
from src.chats.constants import ChatKind, Level
from src.users import visibility

# A channel may have ten thousand members who talk all day.
USUAL: Mapping[ChatKind, Level] = {
    ChatKind.DIRECT: Level.ALL,
    ChatKind.GROUP: Level.ALL,
    ChatKind.CHANNEL: Level.MENTIONS,
}


def in_force(chat: type[models.Chat] = models.Chat, seat: type[models.Seat] = models.Seat) -> ColumnElement[int]:
    """The level of a seat, as the number that is stored: what the member has said, or else what is usual."""
    usual = case(
        {int(kind): literal_column(str(int(level)), SmallInteger) for kind, level in USUAL.items()}, value=chat.kind
    )
    return func.coalesce(seat.level, usual, type_=SmallInteger)


def is_muted(now: visibility.Instant, seat: type[models.Seat] = models.Seat) -> ColumnElement[bool]:
    """Whether the member wants to hear nothing of the chat at this time; never NULL."""
    return func.coalesce(seat.muted_until > now, literal_column("false"))
