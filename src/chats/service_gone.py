"""Many messages emptied at once: those whose time is over, and those of an account that ends."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    bindparam,
    column,
    func,
    literal,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from src import clock
from src.chats import events, message_models, models
from src.chats.constants import STREAM
from src.chats.service_deletions import wipe
from src.chats.service_events import stream_of
from src.database import WriteSession
from src.events import event as house_events
from src.events import queries as events_queries
from src.users import queries as users_queries

Chat = models.Chat
Message = message_models.Message
# A message and its chat.
Place = tuple[int, int]

# So many are emptied by one statement.
_AT_ONCE = 1_000


async def empty(session: WriteSession, places: Sequence[Place]) -> None:
    """Empties messages that are held. They are told of last of all: see `tell`."""
    ids = [message_id for message_id, _ in places]
    for start in range(0, len(ids), _AT_ONCE):
        await wipe(session, ids[start : start + _AT_ONCE])


async def tell(session: WriteSession, event: type[events.ChatEvent], places: Sequence[Place]) -> None:
    """Tells of something that has happened to many messages of many chats, as the server, by one statement.

    The chats are locked in the order of their ids.

    Args:
        session: the unit of work, which holds nothing else of a chat than its messages.
        event: what has happened to each.
        places: the messages.
    """
    if not places:
        return
    await lock(session, {chat_id for _, chat_id in places})
    counted = _counted(event)
    given = {"message_ids": [id_ for id_, _ in places], "chats": [chat_id for _, chat_id in places]}
    lasts = (await session.execute(counted, given)).all()
    house_events.note_streams(session, [(stream_of(row.chat_id), row.last_ev) for row in lasts])


async def lock(session: WriteSession, chat_ids: Collection[int]) -> None:
    """Locks chats in the order of their ids, as whoever sends to several does."""
    locked = select(Chat.id).where(users_queries.among(Chat.id, chat_ids)).order_by(Chat.id)
    await session.execute(locked.with_for_update(key_share=True))


def _counted(event: type[events.ChatEvent]) -> Select[*tuple[Any, ...]]:
    """Numbers the entries, writes them, and gives the last number of each chat."""
    arrays = (bindparam("message_ids", type_=ARRAY(BigInteger)), bindparam("chats", type_=ARRAY(BigInteger)))
    columns = (column("message_id", BigInteger), column("chat_id", BigInteger))
    given = func.unnest(*arrays).table_valued(*columns, name="given").render_derived()
    number = select(given.c.chat_id, func.count().label("number")).group_by(given.c.chat_id).cte("numbers")
    moved = (
        update(Chat)
        .where(Chat.id == number.c.chat_id)
        .values(last_ev=Chat.last_ev + number.c.number)
        .returning(Chat.id.label("chat_id"), Chat.last_ev, number.c.number)
        .cte("moved")
    )
    nth: ColumnElement[int] = func.row_number().over(partition_by=given.c.chat_id, order_by=given.c.message_id)
    said = {"chat_id": given.c.chat_id, "message_id": given.c.message_id}
    payload = func.jsonb_build_object(
        *(part for name, value in said.items() for part in (literal_column(f"'{name}'"), value)), type_=JSONB
    )
    written = events_queries.insertion(
        select(
            func.concat(literal_column(f"'{STREAM}:'"), given.c.chat_id),
            moved.c.last_ev - moved.c.number + nth,
            literal_column("0", BigInteger),
            literal_column(f"'{event.type}'"),
            payload,
            literal(clock.now()),
        ).join(moved, moved.c.chat_id == given.c.chat_id)
    )
    return select(moved.c.chat_id, moved.c.last_ev).add_cte(written.cte("written"))
