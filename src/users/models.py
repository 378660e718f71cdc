"""Tables of people: the profile, and what one person has decided about another.

The rows of a relation have ids that are ordered by time, and these are the keys of their lists.
"""

from datetime import datetime
from typing import TypedDict

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, false, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from src.models import Base, Identified, trigrams

_ACCOUNT = "accounts.id"


class ProfileLink(TypedDict):
    """An address that a person shows on their profile."""

    label: str
    url: str


class ShownPicture(TypedDict):
    """A media item that a person shows on their profile, with what is said about it beside everything they wrote."""

    # As text: a number of this size is not safe in JSON.
    media_id: str
    alt_text: str | None
    blurhash: str | None
    # Left, top, width and height as shares of the whole.
    crop: list[float] | None


class Profile(Base):
    """What others see of an account; each account has one."""

    __tablename__ = "profiles"
    __table_args__ = (
        CheckConstraint("followers_count >= 0", name="followers_count"),
        CheckConstraint("following_count >= 0", name="following_count"),
        # Look-up by the beginning of the display name, whatever the database's collation.
        Index(
            "ix_profiles_lower_display_name",
            func.lower(text("display_name")).label("lower"),
            postgresql_ops={"lower": "text_pattern_ops"},
        ),
        # Look-up although something is typed wrong.
        Index("ix_profiles_display_name_trigrams", trigrams(text("display_name")), postgresql_using="gin"),
        # Counters change often: room in the page keeps those updates out of the indexes.
        {"postgresql_with": {"fillfactor": "85"}},
    )

    account_id: Mapped[int] = mapped_column(ForeignKey(_ACCOUNT), primary_key=True, autoincrement=False)
    display_name: Mapped[str] = mapped_column(Text)
    bio: Mapped[str] = mapped_column(Text, default="")
    links: Mapped[list[ProfileLink]] = mapped_column(JSONB, default=list)
    # Kept here, so that no author is looked up in two places; null: one is generated.
    picture: Mapped[ShownPicture | None] = mapped_column(JSONB(none_as_null=True))
    header: Mapped[ShownPicture | None] = mapped_column(JSONB(none_as_null=True))
    # A BCP 47 tag and an IANA name: for what the server itself writes and reckons for this person.
    locale: Mapped[str] = mapped_column(Text, default="en")
    time_zone: Mapped[str] = mapped_column(Text, default="UTC")
    # A program acts through the account; as it began, so it stays.
    is_bot: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Whoever wants to follow has to be accepted, and only followers see what this person publishes.
    private: Mapped[bool] = mapped_column(default=False)
    # Rises with each change that readers see: (account, version) names a rendered author for ever.
    version: Mapped[int] = mapped_column(default=1)
    followers_count: Mapped[int] = mapped_column(default=0)
    following_count: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class Follow(Identified):
    """One person reads another, or (not yet accepted) asks to."""

    __tablename__ = "follows"
    __table_args__ = (
        UniqueConstraint("follower_id", "followee_id"),
        CheckConstraint("follower_id <> followee_id", name="not_oneself"),
        Index("ix_follows_follower_id_id", "follower_id", "id", postgresql_where=text("accepted")),
        Index("ix_follows_followee_id_id", "followee_id", "id", postgresql_where=text("accepted")),
        Index("ix_follows_requests", "followee_id", "id", postgresql_where=text("NOT accepted")),
    )

    follower_id: Mapped[int] = mapped_column(ForeignKey(_ACCOUNT))
    followee_id: Mapped[int] = mapped_column(ForeignKey(_ACCOUNT))
    accepted: Mapped[bool]


class Block(Identified):
    """One person wants to have nothing to do with another: neither sees the other any more."""

    __tablename__ = "blocks"
    __table_args__ = (
        UniqueConstraint("blocker_id", "blocked_id"),
        CheckConstraint("blocker_id <> blocked_id", name="not_oneself"),
        Index("ix_blocks_blocker_id_id", "blocker_id", "id"),
        Index("ix_blocks_blocked_id", "blocked_id"),
    )

    blocker_id: Mapped[int] = mapped_column(ForeignKey(_ACCOUNT))
    blocked_id: Mapped[int] = mapped_column(ForeignKey(_ACCOUNT))


class Mute(Identified):
    """One person does not want to read another, for ever or `until` an instant; the other cannot tell."""

    __tablename__ = "mutes"
    __table_args__ = (
        UniqueConstraint("muter_id", "muted_id"),
        CheckConstraint("muter_id <> muted_id", name="not_oneself"),
        Index("ix_mutes_muter_id_id", "muter_id", "id"),
        Index("ix_mutes_muted_id", "muted_id"),
        Index("ix_mutes_until", "until", postgresql_where=text("until IS NOT NULL")),
    )

    muter_id: Mapped[int] = mapped_column(ForeignKey(_ACCOUNT))
    muted_id: Mapped[int] = mapped_column(ForeignKey(_ACCOUNT))
    until: Mapped[datetime | None]
