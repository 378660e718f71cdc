"""Tables of messages and of what hangs on them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from src.models import Base, Identified


class Message(Identified):
    """One message. A deleted one stays as an empty place, so that numbers and unread counts hold."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("chat_id", "seq"),
        # A repeated send finds the first one, for ever.
        UniqueConstraint("sender_id", "cid"),
        CheckConstraint("(card_kind IS NULL) = (card_id IS NULL)", name="card"),
        CheckConstraint("deleted_at IS NULL OR text = ''", name="deleted"),
        Index("ix_messages_thread_id", "chat_id", "thread_id", "seq", postgresql_where=text("thread_id IS NOT NULL")),
        # What an unread count leaves out or adds.
        Index("ix_messages_deleted", "chat_id", "seq", postgresql_where=text("deleted_at IS NOT NULL")),
        Index("ix_messages_names_all", "chat_id", "seq", postgresql_where=text("names_all")),
        Index("ix_messages_link_card_id", "link_card_id", postgresql_where=text("link_card_id IS NOT NULL")),
        Index("ix_messages_document", "document", postgresql_using="gin"),
        Index("ix_messages_without_document", "id", postgresql_where=text("document IS NULL")),
    )

    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"))
    # Its number among the chat's messages, and among the events of the chat's stream.
    seq: Mapped[int]
    ev: Mapped[int]
    # Null once the account is gone.
    sender_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    # The client's name for it, and what was sent under that name.
    cid: Mapped[UUID | None] = mapped_column(Uuid)
    digest: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    reply_to_id: Mapped[int | None]
    # The message that its thread hangs on.
    thread_id: Mapped[int | None]
    # It names all members.
    names_all: Mapped[bool]
    # A thing of another package that it shows: what was forwarded.
    card_kind: Mapped[str | None] = mapped_column(Text)
    card_id: Mapped[int | None]
    poll_id: Mapped[int | None]
    link_card_id: Mapped[int | None] = mapped_column(ForeignKey("link_cards.id", ondelete="SET NULL"))
    # Rises with each edit.
    version: Mapped[int]
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    # Null until a job has come by.
    document: Mapped[str | None] = mapped_column(TSVECTOR, deferred=True, deferred_raiseload=True)


class MessageEdit(Identified):
    """An earlier version of a message."""

    __tablename__ = "message_edits"
    __table_args__ = (UniqueConstraint("message_id", "version"),)

    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    version: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    replaced_at: Mapped[datetime]


class MessageMention(Base):
    """A member whom a message names."""

    __tablename__ = "message_mentions"
    __table_args__ = (Index("ix_message_mentions_message_id", "message_id"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    chat_id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))


class HiddenMessage(Base):
    """A message that one member has deleted for themselves."""

    __tablename__ = "message_hidings"
    __table_args__ = (Index("ix_message_hidings_message_id", "message_id"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    chat_id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))


class MessageReaction(Identified):
    """An emoji that somebody has put on a message."""

    __tablename__ = "message_reactions"
    __table_args__ = (
        UniqueConstraint("message_id", "account_id", "emoji"),
        Index("ix_message_reactions_account_id", "account_id"),
    )

    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    emoji: Mapped[str] = mapped_column(Text)


class MessagePin(Base):
    """A message that is kept in sight for all members."""

    __tablename__ = "message_pins"
    __table_args__ = (Index("ix_message_pins_by_id", "by_id"),)

    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"), primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True)
    # Null once the account is gone.
    by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    pinned_at: Mapped[datetime]


class MessagePollNews(Base):
    """A message whose poll has got votes of which its readers have not been told yet, and since when."""

    __tablename__ = "message_poll_news"

    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True)
    since: Mapped[datetime]


class ReceiptRefusal(Base):
    """Somebody who does not let others know what they have read, and so does not learn it of others."""

    __tablename__ = "chat_receipt_refusals"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    since: Mapped[datetime]
