"""The statements by which senders share the queue.

A letter in a sender's hands belongs to (id, attempts): whoever comes back with another number changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Update, delete, null, select, update

from src.database import WriteSession
from src.mail.constants import BATCH, GIVEN_UP_AFTER, KEPT, LEASE, Outcome
from src.mail.models import QueuedLetter

_NO_CONTENTS: dict[str, Any] = {"recipient": None, "template": None, "locale": None, "values": null()}


@dataclass(frozen=True, slots=True)
class Claimed:
    """A letter in a sender's hands."""

    id: int
    attempts: int
    key: str
    recipient: str
    template: str
    locale: str
    values: dict[str, object]
    created_at: datetime


async def claim(session: WriteSession, *, now: datetime) -> list[Claimed]:
    """Takes letters that are due, the oldest first; nobody else gets them before the lease is over."""
    row = QueuedLetter
    due = select(row.id).where(row.finished_at.is_(None), row.due_at <= now).order_by(row.due_at).limit(BATCH)
    taken = (
        update(row)
        .where(row.id.in_(due.with_for_update(skip_locked=True)))
        .values(attempts=row.attempts + 1, due_at=now + LEASE)
        .returning(row.id, row.attempts, row.key, row.recipient, row.template, row.locale, row.values, row.created_at)
        .execution_options(synchronize_session=False)
    )
    letters = [Claimed(**found) for found in (await session.execute(taken)).mappings()]
    return sorted(letters, key=lambda letter: letter.id)


async def finish(session: WriteSession, letter: Claimed, outcome: Outcome, *, now: datetime) -> None:
    """Notes how it ended and deletes what it said."""
    await session.execute(_own(letter).values(_NO_CONTENTS | {"outcome": outcome, "finished_at": now}))


async def postpone(session: WriteSession, letter: Claimed, *, until: datetime) -> None:
    """Gives it back, to be taken again from then on."""
    await session.execute(_own(letter).values(due_at=until))


async def purge(session: WriteSession, *, now: datetime) -> None:
    """Gives up what nobody took for a day and forgets the keys of long ago."""
    row = QueuedLetter
    late = update(row).where(row.finished_at.is_(None), row.created_at < now - GIVEN_UP_AFTER)
    await session.execute(late.values(_NO_CONTENTS | {"outcome": Outcome.EXPIRED, "finished_at": now}))
    await session.execute(delete(row).where(row.finished_at < now - KEPT))


def _own(letter: Claimed) -> Update:
    row = QueuedLetter
    own = update(row).where(row.id == letter.id, row.attempts == letter.attempts, row.finished_at.is_(None))
    return own.execution_options(synchronize_session=False)
