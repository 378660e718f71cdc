"""Which messages somebody finds: of the chats in which they sit, by words, by whom, where and when."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    and_,
    any_,
    cast,
    func,
    literal,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from src.chats import message_models, message_queries, models
from src.chats.constants import MEDIA_KIND
from src.database import Database
from src.media import formats as media_formats
from src.media import queries as media_queries
from src.models import first_id_at
from src.pagination import Paging, Slice, paginate
from src.search import query as search_query
from src.search import service_words as search_words

Message, Seat = message_models.Message, models.Seat
Kind = media_formats.Kind
Condition = ColumnElement[bool]

# What `has:` asks for; no other comes here.
FEATURES: Mapping[str, Callable[[], Condition]] = {
    "link": lambda: Message.text.op("~*", return_type=Boolean)(literal_column(r"'\mhttps?://\w'")),
    "poll": lambda: Message.poll_id.is_not(None),
    "media": lambda: media_queries.is_on(MEDIA_KIND, Message.id),
    "image": lambda: media_queries.is_on(MEDIA_KIND, Message.id, kinds=(Kind.IMAGE, Kind.ANIMATION)),
    "video": lambda: media_queries.is_on(MEDIA_KIND, Message.id, kinds=(Kind.VIDEO,)),
    "audio": lambda: media_queries.is_on(MEDIA_KIND, Message.id, kinds=(Kind.AUDIO,)),
}


async def find(database: Database, query: search_query.Query, *, viewer_id: int, paging: Paging) -> Slice[Any]:
    """Messages, the newest first, as rows of `message_queries.messages`; none that were deleted, for all or for one."""
    authors = await search_words.authors(database, query, viewer_id)
    wanted = await search_words.wanted(database, query.words, viewer_id)
    if not _asks(query, authors, wanted):
        return paging.cut([], [])
    seats = select(func.array_agg(Seat.chat_id)).where(Seat.account_id == viewer_id)
    if query.chats:
        seats = seats.where(Seat.chat_id.in_(query.chats))
    # A number that no index has: else all messages of the server might be walked for those of one person's chats.
    number = (Message.id + literal_column("0")).label("number")
    statement = select(number).where(
        Message.chat_id == any_(cast(seats.scalar_subquery(), ARRAY(BigInteger))),
        Message.deleted_at.is_(None),
        ~message_queries.is_hidden(viewer_id),
        Message.document.op("@@", return_type=Boolean)(cast(literal(wanted), TSQUERY)) if wanted else true(),
        true() if authors is None else Message.sender_id.in_(authors),
        *(FEATURES[feature]() for feature in query.features),
        _in_time(query),
    )
    async with database.read() as session:
        found = await paginate(session, statement, key=number, paging=paging)
        rows = await message_queries.load(session, [row.number for row in found.rows]) if found.rows else {}
    # What is deleted in this moment is left out.
    return replace(found, rows=[rows[row.number] for row in found.rows if row.number in rows])


def _asks(query: search_query.Query, authors: list[int] | None, wanted: str) -> bool:
    """Whether anything is asked for that messages can be."""
    if authors == []:
        return False
    if query.words:
        return bool(wanted)
    return bool(query.features or query.chats or authors or query.since or query.until)


def _in_time(query: search_query.Query) -> Condition:
    since = true() if query.since is None else Message.id >= first_id_at(query.since)
    until = true() if query.until is None else Message.id < first_id_at(query.until)
    return and_(since, until)
