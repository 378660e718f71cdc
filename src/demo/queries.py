"""What the demo asks of a server before it settles there."""

from sqlalchemy import select

from src.auth import models as auth_models
from src.database import ReadSession


async def usernames(session: ReadSession) -> set[str]:
    """All usernames that are taken."""
    return set(await session.scalars(select(auth_models.Account.username)))
