"""Whose reactions: what one account's export holds, and how its reactions are erased."""

from sqlalchemy import delete, select

from src.database import ReadSession, WriteSession
from src.posts import counters as posts_counters
from src.reactions import models

KINDS: tuple[type[models.Reaction], ...] = (models.Like, models.Repost, models.Bookmark, models.Pin)


async def export(session: ReadSession, account_id: int) -> dict[str, list[dict[str, object]]]:
    """The account's reactions, as plain rows by table."""
    rows: dict[str, list[dict[str, object]]] = {}
    for kind in KINDS:
        statement = select(*kind.__table__.columns).where(kind.account_id == account_id).order_by(kind.id)
        rows[kind.__tablename__] = [dict(row) for row in (await session.execute(statement)).mappings()]
    return rows


async def erase(session: WriteSession, account_id: int) -> None:
    """Deletes the account's reactions and takes them off the posts' counters."""
    for kind in KINDS:
        statement = delete(kind).where(kind.account_id == account_id).returning(kind.post_id)
        touched = (await session.execute(statement)).scalars().all()
        if kind.counter is not None:
            await posts_counters.count_each(session, kind.counter, dict.fromkeys(touched, -1))
