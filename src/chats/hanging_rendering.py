"""How what hangs on messages is written out."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from src.auth import callers as auth_callers
from src.chats import hanging_schemas, rendering, service_history, service_pins
from src.database import ReadSession
from src.models import instant_of
from src.pagination import Paging, Slice
from src.users import schemas as users_schemas
from src.users import utils as users_utils

Rows = Sequence[Row[*tuple[Any, ...]]]


async def messages_page(
    session: ReadSession, caller: auth_callers.Caller, found: Slice[Any], paging: Paging
) -> hanging_schemas.MessagesPage:
    """The answer for rows of `message_queries.messages`."""
    page = paging.page(found, [rendering.message_read(row) for row in found.rows])
    people, polls = (
        await _people(session, found.rows),
        await service_history.polls_of(session, found.rows, caller.account_id),
    )
    return hanging_schemas.MessagesPage(**dict(page), people=people, polls=polls)


async def pins_read(session: ReadSession, caller: auth_callers.Caller, chat_id: int) -> hanging_schemas.PinsRead:
    """The answer for what is pinned in a chat."""
    rows = await service_pins.pins(session, caller=caller, chat_id=chat_id)
    items = [
        hanging_schemas.PinRead(
            message=rendering.message_read(row), by_id=row.MessagePin.by_id, pinned_at=row.MessagePin.pinned_at
        )
        for row in rows
    ]
    people, polls = await _people(session, rows), await service_history.polls_of(session, rows, caller.account_id)
    return hanging_schemas.PinsRead(items=items, people=people, polls=polls)


def reactor_read(row: Row[*tuple[Any, ...]]) -> hanging_schemas.ReactorRead:
    """The answer for a row of `service_reactions.page`."""
    return hanging_schemas.ReactorRead(
        person=users_utils.author(row.Profile, row.username),
        emoji=row.MessageReaction.emoji,
        at=instant_of(row.MessageReaction.id),
    )


async def _people(session: ReadSession, rows: Rows) -> list[users_schemas.Author]:
    people = await service_history.people_of(session, rows)
    return [users_utils.author(profile, username) for profile, username in people]
