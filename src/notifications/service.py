"""What domains do with inboxes: put something in when it happens, take it out when its cause is gone.

    notifications_service.notify(session, [Notice(account_id, LIKE, f"like:{post_id}:{actor_id}", actor_id, post_id)])

Both belong into AFTER handlers of one package: its subscription handles them one after the other, so a withdrawal
comes after what it withdraws. Each cause has a key of its own in an inbox; told twice, it is there once.

What is told in a transaction is written at its end, all at once: a hundred likes are a few statements, and the order
of an inbox is that of the commits (see `arrivals.py`).
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    DateTime,
    Text,
    Update,
    and_,
    bindparam,
    column,
    delete,
    func,
    select,
    tuple_,
    update,
)

from src import clock
from src.database import HotWrite, WriteSession
from src.notifications import models
from src.notifications.constants import State
from src.notifications.kinds import Kind

Notification = models.Notification
Delivery = models.Delivery

_NOTED = "noted_notices"


@dataclass(frozen=True)
class Notice:
    """One piece of news for one person.

    Attributes:
        account_id: whose inbox it is for.
        kind: a registered kind.
        key: names the cause among all that the inbox may ever hold, such as `like:<post>:<who>`; 100 signs at most.
        actor_id: who did it; None for the server itself.
        subject_id: what it is about, of the kind's subject.
    """

    account_id: int
    kind: Kind
    key: str
    actor_id: int | None = None
    subject_id: int | None = None


def notify(session: WriteSession, notices: Iterable[Notice]) -> None:
    """Notes news: with the session's transaction it gets into inboxes, and on its way where people want it at once.

    Left out are then: what is there already, of people to themselves, of whom the receiver has blocked or muted or is
    blocked by, for the suspended, and kinds that the receiver does not want.

    Raises:
        RuntimeError: inside of a savepoint, whose roll-back the news would survive.
    """
    if session.in_nested_transaction():
        message = "notify after the savepoint: news does not go away with it"
        raise RuntimeError(message)
    session.info.setdefault(_NOTED, []).extend(notices)


def waiting(session: WriteSession) -> Sequence[Notice]:
    """What the session has to tell so far, and what no statement finds yet."""
    found: list[Notice] = session.info.get(_NOTED, [])
    return tuple(found)


def noted(session: WriteSession) -> list[Notice]:
    """What the session has to tell, and from now on has not any more."""
    found: list[Notice] = session.info.pop(_NOTED, [])
    return found


async def withdraw(session: WriteSession, causes: Collection[tuple[int, str]]) -> None:
    """Takes news out of inboxes: each of an account's id and a key."""
    if causes:
        _forget(session, lambda notice: (notice.account_id, notice.key) in causes)
        pairs = {"account_ids": [account_id for account_id, _ in causes], "keys": [key for _, key in causes]}
        await _END_CAUSED.fetch(session, now=clock.now(), **pairs)
        await _DELETE_CAUSED.fetch(session, **pairs)


async def withdraw_about(
    session: WriteSession, kinds: Collection[Kind], subject_id: int, *, but_for: Collection[int] = ()
) -> None:
    """Takes all news of these kinds about one thing out of all inboxes but those of `but_for`."""
    _forget(
        session,
        lambda notice: notice.subject_id == subject_id and notice.kind in kinds and notice.account_id not in but_for,
    )
    about = and_(Notification.subject_id == subject_id, Notification.kind.in_([kind.name for kind in kinds]))
    await remove(session, and_(about, Notification.account_id.not_in(but_for)) if but_for else about)


async def withdraw_between(session: WriteSession, one_id: int, other_id: int) -> None:
    """Takes all that either of two people has done out of the other's inbox."""
    pairs = [(one_id, other_id), (other_id, one_id)]
    _forget(session, lambda notice: (notice.account_id, notice.actor_id) in pairs)
    await remove(session, tuple_(Notification.account_id, Notification.actor_id).in_(pairs))


async def remove(session: WriteSession, condition: ColumnElement[bool]) -> int:
    """Deletes notifications, and takes back what is on its way because of them; how many there were.

    Their groups stay where they are until `jobs.tidy`: one that is empty is not shown.
    """
    ended = _ending(condition, clock.now())
    await session.execute(ended.execution_options(synchronize_session=False))
    statement = delete(Notification).where(condition).returning(Notification.id)
    return len((await session.execute(statement.execution_options(synchronize_session=False))).all())


def _forget(session: WriteSession, is_gone: Callable[[Notice], bool]) -> None:
    """Takes back what was told in this very transaction."""
    notify(session, [notice for notice in noted(session) if not is_gone(notice)])


def _ending(condition: ColumnElement[bool], now: datetime | ColumnElement[datetime]) -> Update:
    """Takes back what is on its way because of these notifications."""
    gone = select(Notification.id).where(condition)
    waiting = update(Delivery).where(Delivery.state == State.QUEUED, Delivery.notification_id.in_(gone))
    return waiting.values(state=State.WITHDRAWN, ended_at=now)


def _is_caused() -> ColumnElement[bool]:
    """Whether a notification has one of the causes that are given."""
    arrays = (bindparam("account_ids", type_=ARRAY(BigInteger)), bindparam("keys", type_=ARRAY(Text)))
    given = func.unnest(*arrays).table_valued(column("account_id", BigInteger), column("key", Text), name="given")
    rows = given.render_derived()
    return tuple_(Notification.account_id, Notification.key).in_(select(rows.c.account_id, rows.c.key))


# Whoever reads in a chat ends news of it, so they are put together once.
_END_CAUSED = HotWrite(_ending(_is_caused(), bindparam("now", type_=DateTime(timezone=True))))
_DELETE_CAUSED = HotWrite(delete(Notification).where(_is_caused()))
