"""The source of messages for search: of one's own chats alone."""

from typing import Final

from fastapi import Response

from src.chats import hanging_rendering, service_searching
from src.chats.constants import Permission
from src.exceptions import NotAuthenticated, NotPermitted
from src.search import constants as search_constants
from src.search import sources

OPERATORS: Final = sources.Operators(tuple(service_searching.FEATURES), (search_constants.Place.ME,), in_chats=True)


async def answer(asked: sources.Asked) -> Response:
    """Messages of the chats in which the caller sits, the newest first.

    Raises:
        NotAuthenticated: a stranger sits in none.
        NotPermitted: the caller's key does not reach chats.
    """
    if asked.caller.is_stranger:
        raise NotAuthenticated
    if not asked.caller.may(Permission.READ):
        raise NotPermitted
    found = await service_searching.find(
        asked.database, asked.query, viewer_id=asked.caller.account_id, paging=asked.paging
    )
    async with asked.database.read() as session:
        page = await hanging_rendering.messages_page(session, asked.caller, found, asked.paging)
    return asked.json(page.model_dump_json().encode(), found)
