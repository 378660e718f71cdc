"""Looks of `hearth doctor` at notifications: every one stands in its group, and what is due goes out."""

from collections.abc import Sequence

from sqlalchemy import and_, func, or_, select

from src.database import ReadSession
from src.notifications import models, service_deliveries

_SHOWN = 20

Group = models.Group
Notification = models.Notification


async def groups(session: ReadSession) -> Sequence[str]:
    """Groups that are missing, or stand below their newest member."""
    newest = (
        select(Notification.account_id, Notification.group_key, func.max(Notification.id).label("id"))
        .group_by(Notification.account_id, Notification.group_key)
        .subquery()
    )
    wrong = (
        select(newest.c.account_id, newest.c.group_key)
        .outerjoin(Group, and_(Group.account_id == newest.c.account_id, Group.key == newest.c.group_key))
        .where(or_(Group.newest_id.is_(None), Group.newest_id < newest.c.id))
        .limit(_SHOWN)
    )
    rows = (await session.execute(wrong)).all()
    return [f"account {account_id}: the group {key} does not stand where its newest one is" for account_id, key in rows]


async def deliveries(session: ReadSession) -> Sequence[str]:
    """Deliveries that nobody sends."""
    late = await service_deliveries.overdue(session)
    return [f"{late} deliveries should have been sent an hour ago or earlier"] if late else []
