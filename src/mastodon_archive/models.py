"""The ledger of imports: which posts of an archive are here already."""

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from src.models import Base


class ImportedPost(Base):
    """A post that an account has brought along, by the address that it had there.

    The row outlives the post: who deletes an imported post does not get it back by the next import.
    """

    __tablename__ = "mastodon_imported_posts"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True, autoincrement=False)
    uri: Mapped[str] = mapped_column(Text, primary_key=True)
    post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id", ondelete="SET NULL"), index=True)
