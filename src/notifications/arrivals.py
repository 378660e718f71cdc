"""How what a transaction tells gets into inboxes: at its end, in a few statements however much it is.

Whoever adds to an inbox first locks it, in one order for all, and so close to the commit that nobody waits long. So
ids rise in the order of commits: who has seen an inbox up to an id has seen all that will ever be below it, and a mark
"read up to here" covers nothing that was not there to be seen.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    DateTime,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    column,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import TypeEngine

from src import clock
from src.auth import models as auth_models
from src.auth.constants import AccountState
from src.database import Database, WriteSession
from src.models import Base, there_is
from src.notifications import models, service
from src.notifications.constants import ARRIVED, MAIL_DELAY, Channel, Frequency, State
from src.realtime import personal as realtime_personal
from src.users import visibility

Account = auth_models.Account
Delivery = models.Delivery
Group = models.Group
Inbox = models.Inbox
Notification = models.Notification
Silence = models.Silence
Subscription = models.Subscription

_IDS = ARRAY(BigInteger)
_TEXTS = ARRAY(Text)
_INSTANT = DateTime(timezone=True)
_Word = str | ColumnElement[str] | InstrumentedAttribute[str]


def attach(database: Database) -> None:
    """From now on, what is told in a transaction of this database arrives with it."""
    database.before_commit(arrive)


async def arrive(session: WriteSession) -> None:
    """Writes what the session has to tell."""
    notices = service.noted(session)
    if not notices:
        return
    now = clock.now()
    await session.execute(_LOCK, {"ids": sorted({notice.account_id for notice in notices}), "now": now})
    told = (await session.execute(_ADD, _values(notices, now))).all()
    if not told:
        return
    added = [row.id for row in told]
    news = [(row.account_id, {"id": str(row.id), "kind": row.kind}) for row in told]
    await realtime_personal.append(session, ARRIVED, news)
    await session.execute(_GATHER, {"ids": added})
    urgent = sorted({notice.kind.name for notice in notices if notice.kind.urgent})
    if urgent:
        await session.execute(_SEND, {"ids": added, "kinds": urgent, "now": now, "due_at": now + MAIL_DELAY})


def _values(notices: Sequence[service.Notice], now: datetime) -> dict[str, object]:
    return {
        "account_ids": [notice.account_id for notice in notices],
        "actor_ids": [notice.actor_id for notice in notices],
        "subject_ids": [notice.subject_id for notice in notices],
        "kinds": [notice.kind.name for notice in notices],
        "keys": [notice.key for notice in notices],
        "group_keys": [_group_key(notice, now) for notice in notices],
        "now": now,
    }


def _group_key(notice: service.Notice, now: datetime) -> str:
    """What is shown as one: a day's, so that a group that was read does not come back with the next like of a year."""
    if not notice.kind.grouped:
        return notice.key
    about = "" if notice.subject_id is None else notice.subject_id
    return f"{notice.kind.name}:{about}:{now.date().isoformat()}"


def _silenced(account_id: visibility.AccountId, kind: _Word, channel: _Word) -> ColumnElement[bool]:
    """Whether the person does not want this kind on this channel."""
    return there_is(Silence, Silence.account_id == account_id, Silence.kind == kind, Silence.channel == channel)


def _wanted() -> Select[*tuple[Any, ...]]:
    """The rows that `_ADD` writes."""
    columns: dict[str, tuple[str, TypeEngine[Any]]] = {
        "account_id": ("account_ids", BigInteger()),
        "actor_id": ("actor_ids", BigInteger()),
        "subject_id": ("subject_ids", BigInteger()),
        "kind": ("kinds", Text()),
        "key": ("keys", Text()),
        "group_key": ("group_keys", Text()),
    }
    arrays = (bindparam(name, type_=ARRAY(type_)) for name, type_ in columns.values())
    named = (column(name, type_) for name, (_, type_) in columns.items())
    given = func.unnest(*arrays).table_valued(*named, name="given").render_derived()
    receiver, actor = given.c.account_id, given.c.actor_id
    of_another = and_(
        actor != receiver,
        visibility.account_visible_to(receiver, actor),
        ~visibility.muted(receiver, actor, bindparam("now", type_=_INSTANT)),
    )
    return (
        select(func.hearth_id(Inbox.newest_at, type_=BigInteger), *given.c)
        .join(Inbox, Inbox.account_id == receiver)
        .where(
            visibility.active(receiver),
            or_(actor.is_(None), of_another),
            ~_silenced(receiver, given.c.kind, Channel.INBOX),
        )
    )


# Built once: putting a statement together costs more than running it.
_given_id = func.unnest(bindparam("ids", type_=_IDS))
_now = bindparam("now", type_=_INSTANT)
_receivers = (
    select(Account.id, _now)
    .where(Account.id.in_(select(_given_id)), Account.state == AccountState.ACTIVE)
    .order_by(Account.id)
)
_inboxes = Base.metadata.tables[Inbox.__tablename__]
_lock = insert(_inboxes).from_select(["account_id", "newest_at"], _receivers)
_LOCK = _lock.on_conflict_do_update(
    index_elements=["account_id"],
    set_={"newest_at": func.greatest(_lock.excluded.newest_at, _inboxes.c.newest_at + timedelta(milliseconds=1))},
)

_rows = Base.metadata.tables[Notification.__tablename__]
_ADD = (
    insert(_rows)
    .from_select(["id", "account_id", "actor_id", "subject_id", "kind", "key", "group_key"], _wanted())
    .on_conflict_do_nothing(index_elements=["account_id", "key"])
    .returning(_rows.c.id, _rows.c.account_id, _rows.c.kind)
)

_OF_IDS = Notification.id == any_(bindparam("ids", type_=_IDS))
_place = (Notification.account_id, Notification.group_key, Notification.kind, Notification.subject_id)
_groups = Base.metadata.tables[Group.__tablename__]
_gather = insert(_groups).from_select(
    ["account_id", "key", "kind", "subject_id", "newest_id"],
    select(*_place, func.max(Notification.id)).where(_OF_IDS).group_by(*_place),
)
_GATHER = _gather.on_conflict_do_update(
    index_elements=["account_id", "key"], set_={"newest_id": _gather.excluded.newest_id}
)

_SEND = (
    insert(Base.metadata.tables[Delivery.__tablename__])
    .from_select(
        ["id", "account_id", "channel", "key", "digest", "notification_id", "state", "due_at", "turn", "attempts"],
        select(
            func.hearth_id(_now, type_=BigInteger),
            Notification.account_id,
            Subscription.channel,
            Notification.key,
            literal(False),
            Notification.id,
            literal(State.QUEUED.value),
            func.greatest(bindparam("due_at", type_=_INSTANT), Subscription.pause_until),
            literal(0),
            literal(0),
        )
        .join(Subscription, Subscription.account_id == Notification.account_id)
        .where(
            _OF_IDS,
            Notification.kind == any_(bindparam("kinds", type_=_TEXTS)),
            Subscription.frequency == Frequency.IMMEDIATELY,
            ~_silenced(Notification.account_id, Notification.kind, Subscription.channel),
        ),
    )
    .on_conflict_do_nothing()
)
