"""The source of channels for search: the public ones, by the beginnings of the words of their names."""

from typing import Any

from fastapi import Response
from sqlalchemy import String, Text, and_, case, cast, func, literal_column, true

from src.chats import models, queries, service
from src.pagination import Slice
from src.search import service_people as search_people
from src.search import sources
from src.search.constants import MAX_NAME
from src.users import utils as users_utils

Chat = models.Chat
# Of a name, so much decides about the order.
_SORTED = 50
_ID_DIGITS = 19


async def channels(asked: sources.Asked) -> Response:
    """Channels by the beginning of a word of their names, after them those where that holds but for one mistake."""
    typed = users_utils.typed_name(asked.query.text)[:MAX_NAME].rstrip()
    if not typed:
        return asked.page([], asked.paging.cut([], []))
    viewer_id = asked.caller.account_id
    async with asked.database.read() as session:
        name = func.coalesce(Chat.name, literal_column("''"), type_=Text)
        place = case((func.lower(name).regexp_match(search_people.just_so(typed)), "0"), else_="1")
        number = func.lpad(cast(Chat.id, String), _ID_DIGITS, "0", type_=Text)
        key = (place + func.left(func.lower(name), _SORTED) + literal_column("' '") + number).collate("C")
        position, back = asked.paging.text(), asked.paging.back
        beyond = true() if position is None else (key < position if back else key > position)
        statement = (
            queries.sights(viewer_id)
            .add_columns(key.label("key"))
            .where(and_(Chat.is_public, search_people.is_nearly(name, typed)), beyond)
            .order_by(key.desc() if back else key.asc())
            .limit(asked.paging.limit + 1)
        )
        rows = (await session.execute(statement)).all()
        found: Slice[Any] = asked.paging.cut(rows, [row.key for row in rows])
        items = await service.shown(session, [queries.sight_of(row, viewer_id) for row in found.rows])
    return asked.page(items, found)
