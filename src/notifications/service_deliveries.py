"""What is on its way out: taken by one sender at a time, tried again, sent once.

    claimed = await service_deliveries.claim(session, "telegram", count=50)      # commit; then speak with the outside
    await service_deliveries.complete(session, claimed_one, outside_id="4711")   # in another transaction

A delivery in a sender's hands belongs to (id, turn) until its lease ends; whoever comes back with another turn changes
nothing. A sender that dies after it has sent and before it says so has its delivery sent again: at least once, where
the outside takes part; the mail queue lies in the same database, so there it is once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Update, and_, delete, func, select, tuple_, update

from src import clock
from src.database import ReadSession, WriteSession
from src.notifications import models
from src.notifications.constants import (
    BATCH,
    DELIVERIES_KEPT,
    FIRST_RETRY,
    LEASE,
    MAX_ATTEMPTS,
    OVERDUE,
    RETRY_FACTOR,
    TIDY_BATCH,
    Channel,
    State,
)

Delivery = models.Delivery


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery in a sender's hands."""

    id: int
    turn: int
    account_id: int
    key: str
    digest: bool
    notification_id: int | None
    attempts: int


async def claim(session: WriteSession, channel: Channel | str, *, count: int = BATCH) -> list[Claimed]:
    """Takes deliveries that are due, those that have waited longest first; those of dead senders are due again."""
    now = clock.now()
    due = (
        select(Delivery.id)
        .where(Delivery.channel == channel, Delivery.state == State.QUEUED, Delivery.due_at <= now)
        .order_by(Delivery.due_at)
        .limit(count)
        .with_for_update(skip_locked=True)
    )
    taken = (
        update(Delivery)
        .where(Delivery.id.in_(due))
        .values(turn=Delivery.turn + 1, attempts=Delivery.attempts + 1, due_at=now + LEASE)
        .returning(
            Delivery.id,
            Delivery.turn,
            Delivery.account_id,
            Delivery.key,
            Delivery.digest,
            Delivery.notification_id,
            Delivery.attempts,
        )
        .execution_options(synchronize_session=False)
    )
    return sorted((Claimed(*row) for row in await session.execute(taken)), key=lambda claimed: claimed.id)


async def hold(session: WriteSession, claimed: Sequence[Claimed]) -> list[Claimed]:
    """Which of them still are the caller's; those stay so until the transaction ends."""
    own = select(Delivery.id).where(_mine(claimed)).order_by(Delivery.id).with_for_update()
    held = set((await session.scalars(own)).all())
    return [one for one in claimed if one.id in held]


async def complete(session: WriteSession, claimed: Sequence[Claimed], *, outside_id: str | None = None) -> None:
    """They were sent; `outside_id` is what the outside calls them."""
    await session.execute(_own(claimed).values(state=State.SENT, outside_id=outside_id, ended_at=clock.now()))


async def withdraw(session: WriteSession, claimed: Sequence[Claimed]) -> None:
    """There is nothing to send any more."""
    await session.execute(_own(claimed).values(state=State.WITHDRAWN, ended_at=clock.now()))


async def postpone(session: WriteSession, claimed: Sequence[Claimed], *, until: datetime) -> None:
    """Gives them back for later; that is no failure."""
    await session.execute(_own(claimed).values(due_at=until, attempts=Delivery.attempts - 1))


async def fail(session: WriteSession, claimed: Sequence[Claimed]) -> None:
    """They could not be sent: each is tried again later, and given up after so many attempts."""
    now = clock.now()
    for one in claimed:
        if one.attempts >= MAX_ATTEMPTS:
            await session.execute(_own([one]).values(state=State.GIVEN_UP, ended_at=now))
        else:
            wait = FIRST_RETRY * RETRY_FACTOR ** (one.attempts - 1)
            await session.execute(_own([one]).values(due_at=now + wait))


async def give_up(session: WriteSession) -> None:
    """Ends what senders have died of again and again."""
    now = clock.now()
    lost = update(Delivery).where(
        Delivery.state == State.QUEUED, Delivery.due_at <= now, Delivery.attempts >= MAX_ATTEMPTS
    )
    ended = lost.values(state=State.GIVEN_UP, ended_at=now)
    await session.execute(ended.execution_options(synchronize_session=False))


async def forget(session: WriteSession) -> int:
    """Deletes some of those that ended long ago; how many."""
    old = select(Delivery.id).where(Delivery.ended_at < clock.now() - DELIVERIES_KEPT).limit(TIDY_BATCH)
    gone = delete(Delivery).where(Delivery.id.in_(old)).returning(Delivery.id)
    return len((await session.execute(gone.execution_options(synchronize_session=False))).all())


async def overdue(session: ReadSession) -> int:
    """How many should have been sent long ago."""
    late = select(func.count()).where(Delivery.state == State.QUEUED, Delivery.due_at < clock.now() - OVERDUE)
    return await session.scalar(late) or 0


def _mine(claimed: Sequence[Claimed]) -> ColumnElement[bool]:
    held = [(one.id, one.turn) for one in claimed]
    return and_(Delivery.state == State.QUEUED, tuple_(Delivery.id, Delivery.turn).in_(held))


def _own(claimed: Sequence[Claimed]) -> Update:
    return update(Delivery).where(_mine(claimed)).execution_options(synchronize_session=False)
