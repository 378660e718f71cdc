"""How bots are written out for their owners."""

from typing import Any

from src.auth.constants import AccountState
from src.bots import schemas
from src.users import queries as users_queries
from src.users import utils as users_utils


def bot_read(row: Any) -> schemas.BotRead:
    """A row of `service.page`."""
    person = users_queries.person_of(row)
    return schemas.BotRead(
        **dict(users_utils.author(*person)),
        bio=person.profile.bio,
        is_suspended=row.state is not AccountState.ACTIVE,
        created_at=person.profile.created_at,
    )
