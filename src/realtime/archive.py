"""Whose streams: what one account's export holds of realtime, and how its rows are erased."""

from sqlalchemy import delete, select

from src.database import WriteSession
from src.feature import Statements
from src.realtime.models import PersonalStream, Presence

TABLES = (PersonalStream, Presence)


def export(account_id: int) -> Statements:
    """What finds what the account has decided, and when it was last there."""
    chosen = (PersonalStream.account_id, PersonalStream.seen_at, PersonalStream.is_hidden)
    return {
        "personal_streams": select(*chosen).where(PersonalStream.account_id == account_id),
        "presence": select(*Presence.__table__.columns).where(Presence.account_id == account_id),
    }


async def erase(session: WriteSession, account_id: int) -> None:
    """Deletes the account's rows; what its stream has told is forgotten with the outbox."""
    await session.execute(delete(PersonalStream).where(PersonalStream.account_id == account_id))
    await session.execute(delete(Presence).where(Presence.account_id == account_id))
