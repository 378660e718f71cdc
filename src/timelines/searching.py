"""The source of posts for search: it stands here, where posts become pages for one reader."""

from dataclasses import replace
from typing import Final

from fastapi import Response

from src.pagination import Cursor, Direction, Slice
from src.search import constants as search_constants
from src.search import sources
from src.timelines import dependencies, found, reads, service
from src.timelines.reads import Row, Span

OPERATORS: Final = sources.Operators(tuple(found.FEATURES), tuple(search_constants.Place))


async def answer(asked: sources.Asked) -> Response:
    """Posts that the caller may see, the newest first."""
    reading = await dependencies.reading_of(asked.request)
    page = await _page(asked)
    body = await service.render(reading.database, reading.memory, page, viewer=asked.caller.account_id)
    return asked.json(body, page)


async def _page(asked: sources.Asked) -> Slice[Row]:
    paging, viewer = asked.paging, asked.caller.account_id
    span, limit = service.span_of(paging), paging.limit + 1
    posts = await found.find(asked.database, asked.query, viewer=viewer, span=span, limit=limit)
    if not posts.ids:
        return _going_on(Slice([], None, None), posts.looked_to, span)
    rows = await reads.rows_of(asked.database, posts.ids, viewer=viewer, upwards=span.upwards, limit=limit)
    return _going_on(paging.cut(rows, [row.entry_id for row in rows]), posts.looked_to, span)


def _going_on(page: Slice[Row], looked_to: int | None, span: Span) -> Slice[Row]:
    """The page of a search that stopped on its way, with the cursor that goes on from there."""
    if looked_to is None:
        return page
    if span.upwards:
        return replace(page, prev=Cursor(Direction.BACK, looked_to))
    return replace(page, next=Cursor(Direction.ON, looked_to))
