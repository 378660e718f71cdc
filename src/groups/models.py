"""Tables of groups. What a group is for stands with the package that founded it, under the same id."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, Text, text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from src.groups.constants import GroupRole
from src.models import Base, Identified

_ACCOUNT = "accounts.id"
_GROUP = "groups.id"


class RoleColumn(TypeDecorator[GroupRole]):
    """A role, stored as its rank so that statements can compare and order it."""

    impl = SmallInteger
    cache_ok = True

    def process_bind_param(self, value: GroupRole | None, dialect: Dialect) -> int | None:  # noqa: ARG002  SQLAlchemy's
        """The rank."""
        return None if value is None else int(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> GroupRole | None:  # noqa: ARG002  SQLAlchemy's
        """The role of the rank."""
        return None if value is None else GroupRole(value)


class Group(Identified):
    """People who belong together. Its row is locked by whoever changes who they are."""

    __tablename__ = "groups"
    __table_args__ = (CheckConstraint("members_count >= 0", name="members_count"),)

    # The name of a `GroupKind`: whose group it is.
    kind: Mapped[str] = mapped_column(Text)
    # Who belongs to it never changes, and nobody has a say over others: the two of a direct chat.
    is_fixed: Mapped[bool]
    members_count: Mapped[int] = mapped_column(default=0)


class GroupMember(Base):
    """Somebody belongs to a group."""

    __tablename__ = "group_members"
    __table_args__ = (
        CheckConstraint("role BETWEEN 1 AND 3", name="role"),
        Index("ix_group_members_account_id_group_id", "account_id", "group_id"),
        # Never two; and who leads a group is found without looking at all of it.
        Index("uq_group_members_owner", "group_id", unique=True, postgresql_where=text("role = 3")),
    )

    group_id: Mapped[int] = mapped_column(ForeignKey(_GROUP), primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(ForeignKey(_ACCOUNT), primary_key=True, autoincrement=False)
    role: Mapped[GroupRole] = mapped_column(RoleColumn)
    since: Mapped[datetime]


class GroupBan(Base):
    """Somebody was sent away for good, or must never come."""

    __tablename__ = "group_bans"

    group_id: Mapped[int] = mapped_column(ForeignKey(_GROUP), primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(ForeignKey(_ACCOUNT), primary_key=True, autoincrement=False, index=True)
    # Null: the server itself, or somebody whose account is gone.
    by_id: Mapped[int | None] = mapped_column(ForeignKey(_ACCOUNT), index=True)
    at: Mapped[datetime]


class GroupInvite(Identified):
    """Lets whoever has its code join; it goes when its creator loses the right to invite."""

    __tablename__ = "group_invites"
    __table_args__ = (CheckConstraint("uses <= max_uses", name="uses"),)

    group_id: Mapped[int] = mapped_column(ForeignKey(_GROUP), index=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_by_id: Mapped[int] = mapped_column(ForeignKey(_ACCOUNT), index=True)
    expires_at: Mapped[datetime | None]
    max_uses: Mapped[int | None]
    uses: Mapped[int] = mapped_column(default=0)
