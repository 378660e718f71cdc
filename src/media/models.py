"""Tables of media: items, the files that they consist of, and files that wait to be removed."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from src.media.constants import State
from src.models import Base, Identified


class MediaItem(Identified):
    """One picture, film or sound of one person; its id tells when it was uploaded."""

    __tablename__ = "media_items"
    __table_args__ = (
        CheckConstraint("(attached_kind IS NULL) = (attached_id IS NULL)", name="attached"),
        CheckConstraint("(attached_kind IS NULL) = (unattached_since IS NOT NULL)", name="unattached"),
        CheckConstraint("(focus_x IS NULL) = (focus_y IS NULL)", name="focus"),
        Index("ix_media_items_owner_id_id", "owner_id", "id"),
        Index(
            "ix_media_items_attached_kind_attached_id",
            "attached_kind",
            "attached_id",
            postgresql_where=text("attached_id IS NOT NULL"),
        ),
        Index(
            "ix_media_items_unattached_since",
            "unattached_since",
            postgresql_where=text("unattached_since IS NOT NULL"),
        ),
        Index("ix_media_items_processing", "id", postgresql_where=text(f"state = '{State.PROCESSING}'")),
    )

    owner_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    state: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    # What was sent, as its content told; what is kept may be another format.
    sent_format: Mapped[str] = mapped_column(Text)
    # Of the original; unknown while it is being processed.
    content_type: Mapped[str | None] = mapped_column(Text)
    alt_text: Mapped[str | None] = mapped_column(Text)
    # What stays in sight when a picture is cropped: from -1 (left, bottom) to 1 (right, top).
    focus_x: Mapped[float | None] = mapped_column(Float)
    focus_y: Mapped[float | None] = mapped_column(Float)
    blurhash: Mapped[str | None] = mapped_column(Text)
    width: Mapped[int | None] = mapped_column(Integer)
    height: Mapped[int | None] = mapped_column(Integer)
    # In seconds.
    duration: Mapped[float | None] = mapped_column(Float)
    # Of all its files together, for quotas.
    bytes: Mapped[int] = mapped_column(BigInteger)
    # Why it failed.
    error: Mapped[str | None] = mapped_column(Text)
    # The task that processes it; not a key, since tasks are forgotten after a while.
    task_id: Mapped[int | None]
    # What it hangs on, and at which place there.
    attached_kind: Mapped[str | None] = mapped_column(Text)
    attached_id: Mapped[int | None]
    place: Mapped[int | None] = mapped_column(SmallInteger)
    unattached_since: Mapped[datetime | None]


class MediaFile(Base):
    """One file of an item: where it is, and what is answered with it."""

    __tablename__ = "media_files"
    __table_args__ = (UniqueConstraint("media_id", "variant"),)

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    media_id: Mapped[int] = mapped_column(ForeignKey("media_items.id"))
    variant: Mapped[str] = mapped_column(Text)
    store: Mapped[str] = mapped_column(Text)
    content_type: Mapped[str] = mapped_column(Text)
    bytes: Mapped[int] = mapped_column(BigInteger)
    # Of the content, in hexadecimal: its ETag.
    sha256: Mapped[str] = mapped_column(Text)


class DirectUpload(Identified):
    """A form that one person was given to send a file past Hearth; gone once an item has been made of the file."""

    __tablename__ = "media_direct_uploads"

    owner_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    key: Mapped[str] = mapped_column(Text)
    store: Mapped[str] = mapped_column(Text)
    most_bytes: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class DiscardedFile(Base):
    """A file that no row refers to any more, written down in the transaction that let go of it, until it is removed."""

    __tablename__ = "media_discarded_files"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    store: Mapped[str] = mapped_column(Text)
    discarded_at: Mapped[datetime] = mapped_column(index=True)
