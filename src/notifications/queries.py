"""The statements that inboxes are read by.

What lies in an inbox may be shown, not that it is: whom the reader has blocked or muted, who is suspended, and what
the reader may not see (any more), is left out by the reading statement, so it is right at once and undone at once.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, func, literal, or_, select, true, type_coerce
from sqlalchemy.orm import aliased

from src.auth import models as auth_models
from src.notifications import models
from src.notifications.constants import COUNTED, LOOKED_AT
from src.notifications.kinds import Catalogue
from src.users import models as users_models
from src.users import visibility

Notification = models.Notification
Group = models.Group


@dataclass(frozen=True)
class Reader:
    """Whose inbox is read, when, and what the house knows of kinds."""

    account_id: int
    catalogue: Catalogue
    now: datetime


@dataclass(frozen=True)
class Wanted:
    """Which notifications are asked for; None asks for all."""

    kinds: Collection[str] | None = None
    unread: bool = False
    group: str | None = None
    # The last one that counts, as far as the asker has seen.
    up_to: int | None = None
    # The last one that does not.
    after: int | None = None
    ids: Collection[int] | None = None

    def of(self, account_id: int, row: type[models.Notification] = Notification) -> ColumnElement[bool]:
        """The condition on rows of an inbox, whether they may be shown or not."""
        conditions = [row.account_id == account_id]
        if self.kinds is not None:
            conditions.append(row.kind.in_(self.kinds))
        if self.unread:
            conditions.append(row.read_at.is_(None))
        if self.group is not None:
            conditions.append(row.group_key == self.group)
        if self.up_to is not None:
            conditions.append(row.id <= self.up_to)
        if self.after is not None:
            conditions.append(row.id > self.after)
        if self.ids is not None:
            conditions.append(row.id.in_(self.ids))
        return and_(*conditions)


def shown(reader: Reader, row: type[models.Notification] = Notification) -> ColumnElement[bool]:
    """Whether a row of the reader's inbox is shown: the one filter of lists, groups, counts and letters."""
    actor_id = type_coerce(row.actor_id, BigInteger)
    actor_seen = and_(
        visibility.account_visible_to(reader.account_id, actor_id),
        ~visibility.muted(reader.account_id, actor_id, reader.now),
    )
    return and_(
        or_(actor_id.is_(None), actor_seen),
        reader.catalogue.visible_to(reader.account_id, row.kind, row.subject_id),
    )


def listed(reader: Reader, wanted: Wanted) -> Select[*tuple[Any, ...]]:
    """Notifications one by one, each with who did it."""
    account, profile = auth_models.Account, users_models.Profile
    return (
        select(Notification, account.username, profile)
        .outerjoin(account, account.id == Notification.actor_id)
        .outerjoin(profile, profile.account_id == Notification.actor_id)
        .where(wanted.of(reader.account_id), shown(reader))
    )


def grouped(reader: Reader, wanted: Wanted) -> Select[*tuple[Any, ...]]:
    """Groups with what their newest members say; rows are for `Sum`.

    Of each group as many members are read as are counted, however many there are; of hidden ones a few more.
    """
    newest = (
        select(Notification)
        .where(wanted.of(reader.account_id), Notification.group_key == Group.key)
        .order_by(Notification.id.desc())
        .limit(LOOKED_AT)
        .correlate(Group)
        .lateral("newest")
    )
    member = aliased(Notification, newest)
    looked = (
        select(member.id, member.actor_id, member.read_at)
        .where(shown(reader, member))
        .order_by(member.id.desc())
        .limit(COUNTED + 1)
        .lateral("looked")
    )
    newest_first = (looked.c.id.desc(),)
    summed = (
        select(
            func.count().label("counted"),
            func.count().filter(looked.c.read_at.is_(None)).label("unread"),
            func.max(looked.c.id).label("newest_id"),
            func.array_agg(looked.c.actor_id).aggregate_order_by(*newest_first).label("actor_ids"),
        )
        .select_from(looked)
        .correlate(Group)
        .lateral("summed")
    )
    statement = (
        select(Group.key, Group.kind, Group.subject_id, *summed.c)
        .join(summed, true())
        .where(Group.account_id == reader.account_id, summed.c.counted > 0)
    )
    return statement.where(Group.kind.in_(wanted.kinds)) if wanted.kinds is not None else statement


def unread_count(reader: Reader) -> Select[int]:
    """How many unread ones are shown, up to one more than are counted; of the newest, by their index."""
    newest = (
        select(Notification)
        .where(Wanted(unread=True).of(reader.account_id))
        .order_by(Notification.id.desc())
        .limit(LOOKED_AT)
        .subquery("newest")
    )
    row = aliased(Notification, newest)
    counted = select(literal(1)).select_from(row).where(shown(reader, row)).limit(COUNTED + 1).subquery("counted")
    return select(func.count()).select_from(counted)


def people(account_ids: Sequence[int]) -> Select[*tuple[Any, ...]]:
    """The people of these ids; rows begin with the profile and the username."""
    account, profile = auth_models.Account, users_models.Profile
    return (
        select(profile, account.username)
        .join(account, account.id == profile.account_id)
        .where(profile.account_id.in_(account_ids))
    )
