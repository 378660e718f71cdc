"""Tables of notifications: what lies in inboxes, how it is grouped, who wants what, and what is on its way out."""

from datetime import datetime, time

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from src.models import Base, Identified
from src.notifications.constants import State

_ACCOUNT = "accounts.id"


class Notification(Identified):
    """One piece of news in one inbox. It may be shown, not that it is: the reading statement decides."""

    __tablename__ = "notifications"
    __table_args__ = (
        # The cause, so that none is told twice.
        UniqueConstraint("account_id", "key"),
        Index("ix_notifications_account_id_id", "account_id", "id"),
        Index("ix_notifications_unread", "account_id", "id", postgresql_where=text("read_at IS NULL")),
        Index("ix_notifications_group", "account_id", "group_key", "id"),
        Index("ix_notifications_subject_id", "subject_id", postgresql_where=text("subject_id IS NOT NULL")),
        Index("ix_notifications_actor_id", "actor_id", postgresql_where=text("actor_id IS NOT NULL")),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey(_ACCOUNT))
    # Who did it; nobody where the server itself reminds.
    actor_id: Mapped[int | None] = mapped_column(ForeignKey(_ACCOUNT))
    kind: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[int | None]
    key: Mapped[str] = mapped_column(Text)
    group_key: Mapped[str] = mapped_column(Text)
    read_at: Mapped[datetime | None]


class Inbox(Base):
    """Orders arrivals: whoever adds to an inbox holds its row until the commit, so ids rise with commits."""

    __tablename__ = "notification_inboxes"

    account_id: Mapped[int] = mapped_column(ForeignKey(_ACCOUNT), primary_key=True, autoincrement=False)
    # Of the last arrival; the next one is later, whatever the clock says.
    newest_at: Mapped[datetime]


class Group(Base):
    """The place of a group in the grouped inbox: that of its newest arrival, also if this has gone since."""

    __tablename__ = "notification_groups"
    __table_args__ = (Index("ix_notification_groups_account_id_newest_id", "account_id", "newest_id"),)

    account_id: Mapped[int] = mapped_column(ForeignKey(_ACCOUNT), primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[int | None]
    newest_id: Mapped[int]


class Silence(Base):
    """A kind that a person does not want on a channel; what is not here is wanted."""

    __tablename__ = "notification_silences"

    account_id: Mapped[int] = mapped_column(ForeignKey(_ACCOUNT), primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    channel: Mapped[str] = mapped_column(Text, primary_key=True)


class QuietTime(Base):
    """When nothing may leave the house for a person, by the clock of their time zone."""

    __tablename__ = "notification_quiet_times"
    __table_args__ = (CheckConstraint("starts <> ends", name="some"),)

    account_id: Mapped[int] = mapped_column(ForeignKey(_ACCOUNT), primary_key=True, autoincrement=False)
    starts: Mapped[time]
    ends: Mapped[time]


class Subscription(Base):
    """That a person wants notifications on a channel besides the inbox, and when."""

    __tablename__ = "notification_subscriptions"
    __table_args__ = (
        CheckConstraint("hour BETWEEN 0 AND 23 AND weekday BETWEEN 0 AND 6", name="time"),
        Index("ix_notification_subscriptions_next_at", "next_at", postgresql_where=text("next_at IS NOT NULL")),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey(_ACCOUNT), primary_key=True, autoincrement=False)
    channel: Mapped[str] = mapped_column(Text, primary_key=True)
    frequency: Mapped[str] = mapped_column(Text)
    hour: Mapped[int] = mapped_column(SmallInteger)
    weekday: Mapped[int] = mapped_column(SmallInteger)
    # When the next digest is due; None where there is none.
    next_at: Mapped[datetime | None]
    # Up to which notification digests have told.
    told_id: Mapped[int] = mapped_column(default=0)
    # Before this instant, nothing that is sent at once is sent.
    pause_until: Mapped[datetime | None]


class Delivery(Identified):
    """Something on its way to a person over one channel, once."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("account_id", "channel", "key"),
        ForeignKeyConstraint(["notification_id"], ["notifications.id"], ondelete="SET NULL"),
        CheckConstraint("(state = 'queued') = (ended_at IS NULL)", name="state"),
        Index("ix_deliveries_due", "channel", "due_at", postgresql_where=text(f"state = '{State.QUEUED}'")),
        Index("ix_deliveries_ended_at", "ended_at", postgresql_where=text("ended_at IS NOT NULL")),
        Index("ix_deliveries_notification_id", "notification_id", postgresql_where=text("notification_id IS NOT NULL")),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey(_ACCOUNT))
    channel: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    # A digest is about many, so about none here.
    digest: Mapped[bool]
    notification_id: Mapped[int | None]
    state: Mapped[str] = mapped_column(Text, default=State.QUEUED)
    # When it may be taken; of one that was taken, when it may be taken from a sender that died.
    due_at: Mapped[datetime]
    # Rises with each taking: who comes back with an older number has lost it.
    turn: Mapped[int] = mapped_column(SmallInteger, default=0)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    # What the other side calls it, so that it can be changed there.
    outside_id: Mapped[str | None] = mapped_column(Text)
    ended_at: Mapped[datetime | None]
