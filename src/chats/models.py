"""Tables of chats: the chat, and each member's seat in it. Who is a member stands in `groups`."""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from src.chats.constants import ChatKind
from src.models import Base, trigrams


class Chat(Base):
    """A chat: a group of people with messages. Its two counters change only under its row's lock."""

    __tablename__ = "chats"
    __table_args__ = (
        # A direct chat: once for each two people, the smaller id first; with oneself, both are the same.
        UniqueConstraint("low_id", "high_id"),
        # Once one of the two is gone for good, the pair is nobody's any more.
        CheckConstraint(f"kind = {int(ChatKind.DIRECT)} OR low_id IS NULL", name="pair"),
        CheckConstraint("(low_id IS NULL) = (high_id IS NULL) AND low_id <= high_id", name="pair_order"),
        Index("ix_chats_public", "id", postgresql_where=text("is_public")),
        Index(
            "ix_chats_name",
            trigrams(func.coalesce(text("name"), text("''"))),
            postgresql_using="gin",
            postgresql_where=text("is_public"),
        ),
        # The counters change with each message.
        {"postgresql_with": {"fillfactor": "50"}},
    )

    id: Mapped[int] = mapped_column(ForeignKey("groups.id"), primary_key=True, autoincrement=False)
    kind: Mapped[int] = mapped_column(SmallInteger)
    low_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    high_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    name: Mapped[str | None] = mapped_column(Text)
    topic: Mapped[str | None] = mapped_column(Text)
    picture_id: Mapped[int | None]
    # Found and joined by everybody.
    is_public: Mapped[bool]
    # Only its admins write.
    is_read_only: Mapped[bool]
    # How long a member waits between two messages; 0: not at all.
    slow_mode_seconds: Mapped[int] = mapped_column(Integer)
    # After how many days messages are deleted; null: never.
    retention_days: Mapped[int | None] = mapped_column(Integer)
    # Messages so far, and events of its stream so far: both dense from 1.
    last_seq: Mapped[int]
    last_ev: Mapped[int]
    # Its last message, before the first one the chat itself: what chats are ordered by.
    latest_id: Mapped[int]


class Seat(Base):
    """What a member has read, and how the member wants to be told. There as long as the membership is."""

    __tablename__ = "chat_seats"
    __table_args__ = (
        Index("ix_chat_seats_account_id", "account_id", "chat_id"),
        # Changes with each message of the member.
        {"postgresql_with": {"fillfactor": "70"}},
    )

    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    # All messages up to this one are read. Whoever writes has read what was before.
    read_seq: Mapped[int]
    wrote_at: Mapped[datetime | None]
    # Null: what is usual for the kind of chat.
    level: Mapped[int | None] = mapped_column(SmallInteger)
    muted_until: Mapped[datetime | None]
