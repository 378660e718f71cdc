"""Tables of reactions: one for each kind, all of the same shape. Their ids are the keys of their lists."""

from typing import ClassVar

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column
from sqlalchemy.schema import SchemaItem

from src.models import Identified


class Reaction(Identified):
    """What one person did to one post, once."""

    __abstract__ = True
    # The post's counter that this kind moves; none for what only its owner sees.
    counter: ClassVar[str | None] = None

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))

    @declared_attr.directive
    def __table_args__(cls) -> tuple[SchemaItem, ...]:  # noqa: N805  SQLAlchemy calls it with the class
        """Once for each person and post; a person's newest; a post's newest."""
        name = cls.__tablename__
        return (
            UniqueConstraint("account_id", "post_id"),
            Index(f"ix_{name}_account_id_id", "account_id", "id"),
            Index(f"ix_{name}_post_id_id", "post_id", "id"),
        )


class Like(Reaction):
    """A person likes a post."""

    __tablename__ = "likes"
    counter = "likes"


class Repost(Reaction):
    """A person carries a post on to their followers."""

    __tablename__ = "reposts"
    counter = "reposts"


class Bookmark(Reaction):
    """A person keeps a post for later; nobody else can tell."""

    __tablename__ = "bookmarks"


class Pin(Reaction):
    """A person shows an own post at the top of their profile."""

    __tablename__ = "pins"
