"""The table of link cards: one row a URL, shared by all who show it."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from src.models import Identified


class LinkCard(Identified):
    """What is known of a URL. Nobody's data: it holds what anybody can read there, and no word of who shared it."""

    __tablename__ = "link_cards"
    __table_args__ = (Index("ix_link_cards_asked_at", "asked_at"),)

    # SHA-256 of the URL, which is too long for an index.
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    url: Mapped[str] = mapped_column(Text)
    state: Mapped[int] = mapped_column(SmallInteger)
    title: Mapped[str | None] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    site_name: Mapped[str | None] = mapped_column(Text)
    image_url: Mapped[str | None] = mapped_column(Text)
    asked_at: Mapped[datetime]
    # From then on, who shares the link has it fetched again.
    stale_at: Mapped[datetime]
