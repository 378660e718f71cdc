"""Events that a package could not handle: list them, take one out."""

from collections.abc import Sequence

from sqlalchemy import delete, insert, select

from src import clock
from src.database import ReadSession, WriteSession
from src.events.exceptions import DeadLetterNotFound
from src.events.models import DeadLetter
from src.events.records import Record


async def bury(session: WriteSession, record: Record, *, subscription: str, error: str, attempts: int) -> None:
    """Sets an event aside for one subscription; `error` names nobody."""
    values = {name: getattr(record, name) for name in ("gid", "stream", "ev", "actor_id", "type", "payload", "at")}
    await session.execute(
        insert(DeadLetter).values(
            **values, subscription=subscription, error=error, attempts=attempts, died_at=clock.now()
        )
    )


async def list_dead(
    session: ReadSession, *, subscription: str | None = None, before: int | None = None, limit: int = 100
) -> Sequence[DeadLetter]:
    """Dead letters, newest first, of one subscription or of all; `before` is the last id of the page before."""
    statement = select(DeadLetter).order_by(DeadLetter.id.desc()).limit(limit)
    if subscription is not None:
        statement = statement.where(DeadLetter.subscription == subscription)
    if before is not None:
        statement = statement.where(DeadLetter.id < before)
    return (await session.scalars(statement)).all()


async def find(session: ReadSession, letter_id: int) -> DeadLetter:
    """The letter.

    Raises:
        DeadLetterNotFound: there is none.
    """
    found = await session.get(DeadLetter, letter_id)
    if found is None:
        raise DeadLetterNotFound
    return found


async def take(session: WriteSession, letter_id: int) -> DeadLetter:
    """The letter, deleted with the session's transaction.

    Raises:
        DeadLetterNotFound: there is none, or another transaction has it.
    """
    free = select(DeadLetter.id).where(DeadLetter.id == letter_id).with_for_update(skip_locked=True)
    found = (
        await session.scalars(delete(DeadLetter).where(DeadLetter.id.in_(free)).returning(DeadLetter))
    ).one_or_none()
    if found is None:
        raise DeadLetterNotFound
    return found
