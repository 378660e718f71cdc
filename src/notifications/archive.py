"""Whose notifications: what one account's export holds, and how it vanishes from all inboxes."""

from sqlalchemy import delete, or_, select

from src.database import WriteSession
from src.feature import Statements
from src.notifications import models

Notification = models.Notification

TABLES = (
    models.Delivery,
    models.Notification,
    models.Group,
    models.Inbox,
    models.Silence,
    models.QuietTime,
    models.Subscription,
)
# The others follow from notifications.
_EXPORTED = tuple(table for table in TABLES if table not in {models.Group, models.Inbox})


def export(account_id: int) -> Statements:
    """The account's inbox, what it wants to hear of, and what was sent, as plain rows by table."""
    return {
        table.__tablename__: select(*table.__table__.columns)
        .where(table.account_id == account_id)
        .order_by(*table.__mapper__.primary_key)
        for table in _EXPORTED
    }


async def erase(session: WriteSession, account_id: int) -> None:
    """Deletes the account's rows, and what it has done from the inboxes of others."""
    own_or_caused = or_(Notification.account_id == account_id, Notification.actor_id == account_id)
    for table in TABLES:
        condition = own_or_caused if table is Notification else table.account_id == account_id
        await session.execute(delete(table).where(condition))
