"""The tables of accounts: who they are, the credentials that act for them, and what happened to them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Enum,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from src.auth.constants import AccountState, LinkPurpose, SecurityEventKind
from src.feature import Role
from src.models import Base, Identified, trigrams


class RoleColumn(TypeDecorator[Role]):
    """A role, stored as its rank so that statements can compare it."""

    impl = SmallInteger
    cache_ok = True

    def process_bind_param(self, value: Role | None, dialect: Dialect) -> int | None:  # noqa: ARG002  SQLAlchemy's
        """The rank."""
        return None if value is None else int(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Role | None:  # noqa: ARG002  SQLAlchemy's
        """The role of the rank."""
        return None if value is None else Role(value)


def _words(kind: type[StrEnum]) -> Enum:
    """A column of the enum's values, as text."""
    return Enum(
        kind, native_enum=False, create_constraint=False, length=20, values_callable=lambda enum: [*map(str, enum)]
    )


class Account(Identified):
    """Who signs in. The profile that others see is the business of `users`."""

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint("username ~ '^[a-z0-9_]{2,30}$'", name="username"),
        CheckConstraint("role BETWEEN 1 AND 3", name="role"),
        CheckConstraint("state IN ('active', 'suspended', 'deleted')", name="state"),
        # Look-up although something is typed wrong.
        Index("ix_accounts_username_trigrams", trigrams(text("username")), postgresql_using="gin"),
        Index("uq_accounts_lower_email", text("lower(email)"), unique=True),
        # Few rows: who may not be the last one to lose the role.
        Index("ix_accounts_admins", "id", postgresql_where=text("role = 3")),
    )

    # Lower case, so unique without a thought of case.
    username: Mapped[str] = mapped_column(Text, unique=True)
    # As it was given; unique and found in lower case.
    email: Mapped[str | None] = mapped_column(Text)
    # When its owner showed that letters to it reach them.
    email_confirmed_at: Mapped[datetime | None]
    # Since when a code is asked for besides the password.
    second_factor_at: Mapped[datetime | None]
    # None when no password opens the account.
    password_hash: Mapped[str | None] = mapped_column(Text)
    role: Mapped[Role] = mapped_column(RoleColumn)
    state: Mapped[AccountState] = mapped_column(_words(AccountState))
    created_at: Mapped[datetime]
    # None as long as it is the first one; not touched when a password is hashed anew with higher parameters.
    password_changed_at: Mapped[datetime | None]


class Bot(Base):
    """An account through which a program acts, by keys alone: nobody signs in to it."""

    __tablename__ = "bots"
    __table_args__ = (Index("ix_bots_owner_id", "owner_id", postgresql_where=text("owner_id IS NOT NULL")),)

    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id), primary_key=True, autoincrement=False)
    # Null: it belongs to a thing, such as a chat's hook, and nobody finds it who has nothing to do with that.
    owner_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    # It is suspended because its owner is, and comes back with them.
    suspended_with_owner: Mapped[bool] = mapped_column(default=False, server_default=false())


class Session(Identified):
    """A device that is signed in: the family of one refresh token and its successors."""

    __tablename__ = "sessions"

    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id), index=True)
    device: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime]
    # When it ends if nobody refreshes it before.
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    # The newest refresh token: its number in the family and its digest.
    generation: Mapped[int]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    refreshed_at: Mapped[datetime]
    # When its owner last showed who they are: at the login, or since.
    reauthenticated_at: Mapped[datetime | None]


class ApiKey(Identified):
    """A key for a program of the account's owner; it may do what its scopes name."""

    __tablename__ = "api_keys"

    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id), index=True)
    name: Mapped[str] = mapped_column(Text)
    # Its first signs, by which the owner tells it from others.
    prefix: Mapped[str] = mapped_column(Text)
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class Invitation(Identified):
    """Lets one person sign up. Without an inviter it is the server's own: for its first admin."""

    __tablename__ = "invitations"

    inviter_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id), index=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    role: Mapped[Role] = mapped_column(RoleColumn)
    note: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id), index=True)


class OneTimeLink(Identified):
    """A link in a letter, which one use deletes."""

    __tablename__ = "one_time_links"

    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id), index=True)
    purpose: Mapped[LinkPurpose] = mapped_column(_words(LinkPurpose))
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    # The address that it is about: where it was sent, or to which it leads back.
    email: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class TotpSecret(Base):
    """What an account shares with its authenticator, sealed; asked for once `Account.second_factor_at` is set."""

    __tablename__ = "totp_secrets"

    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id), primary_key=True, autoincrement=False)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    # The half minute of the last code that was accepted: no code is accepted twice.
    last_step: Mapped[int]
    # Wrong codes in a row.
    failures: Mapped[int]
    failed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class RecoveryCode(Identified):
    """A code on paper, which one use deletes."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("account_id", "digest"),)

    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    digest: Mapped[bytes] = mapped_column(LargeBinary)


class ResetRequest(Identified):
    """Somebody has forgotten the password of whoever has this address; gone as soon as it is answered."""

    __tablename__ = "reset_requests"

    email: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class Revocation(Base):
    """A session or key that is refused at once, for as long as a token of it could still be good."""

    __tablename__ = "revocations"

    credential_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    until: Mapped[datetime] = mapped_column(index=True)


class RetiredUsername(Base):
    """The name of an account that is gone, by which nobody else shall pass for it; only a digest of it."""

    __tablename__ = "retired_usernames"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)


class AuditEntry(Identified):
    """Something that staff has done by the power of a role."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_actor_id_id", "actor_id", "id"),
        Index("ix_audit_entries_subject_subject_id_id", "subject", "subject_id", "id"),
    )

    # None when they have left.
    actor_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    action: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    # No foreign key: a removed post is gone.
    subject_id: Mapped[int | None]
    details: Mapped[dict[str, str]] = mapped_column(JSONB)
    at: Mapped[datetime]


class SecurityEvent(Identified):
    """Something that happened to an account and that its owner should be able to look up."""

    __tablename__ = "security_events"
    __table_args__ = (Index("ix_security_events_account_id_id", "account_id", "id"),)

    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    kind: Mapped[SecurityEventKind] = mapped_column(_words(SecurityEventKind))
    at: Mapped[datetime] = mapped_column(index=True)
    # Empty where no request was the cause.
    address: Mapped[str] = mapped_column(Text)
    device: Mapped[str] = mapped_column(Text, server_default="")
    # Of a login: whether the account had no session of this device before, though it had one.
    new_device: Mapped[bool] = mapped_column(server_default=false())
    # The session or key that it is about.
    session_id: Mapped[int | None]
    # Who did it, if not the owner.
    actor_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id), index=True)
