"""The source of people: search stands above them."""

from fastapi import Response

from src.search import service_people, sources
from src.users import queries as users_queries
from src.users import utils as users_utils


async def answer(asked: sources.Asked) -> Response:
    """People by the beginning of their names, with one mistake forgiven."""
    async with asked.database.read() as session:
        found = await service_people.page(
            session, viewer_id=asked.caller.account_id, name=asked.query.text, paging=asked.paging
        )
    return asked.page([users_utils.profile_read(users_queries.person_of(row)) for row in found.rows], found)
