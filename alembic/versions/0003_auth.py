"""Accounts, the credentials that act for them, and what happened to them."""

import sqlalchemy as sa

from alembic import op

revision = "0003_auth"
down_revision = "0002_events"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    _accounts()
    _sessions()
    _api_keys()
    _invitations()
    _revocations()
    _security_events()


def downgrade() -> None:
    """To the one before."""
    for table in ("security_events", "revocations", "invitations", "api_keys", "sessions", "accounts"):
        op.drop_table(table)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), autoincrement=False, server_default=sa.text("hearth_id()"), nullable=False)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _account(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["accounts.id"], name=op.f(f"fk_{table}_{column}"))


def _accounts() -> None:
    op.create_table(
        "accounts",
        _id(),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("role", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        _instant("created_at"),
        _instant("password_changed_at", nullable=True),
        sa.CheckConstraint("username ~ '^[a-z0-9_]{2,30}$'", name=op.f("ck_accounts_username")),
        sa.CheckConstraint("role BETWEEN 1 AND 3", name=op.f("ck_accounts_role")),
        sa.CheckConstraint("state IN ('active', 'suspended', 'deleted')", name=op.f("ck_accounts_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("username", name=op.f("uq_accounts_username")),
    )
    op.create_index("uq_accounts_lower_email", "accounts", [sa.text("lower(email)")], unique=True)
    op.create_index("ix_accounts_admins", "accounts", ["id"], postgresql_where=sa.text("role = 3"))


def _sessions() -> None:
    op.create_table(
        "sessions",
        _id(),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        _instant("created_at"),
        _instant("last_used_at"),
        _instant("expires_at"),
        _instant("ended_at", nullable=True),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        _instant("refreshed_at"),
        _account("sessions", "account_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
    )
    op.create_index("ix_sessions_account_id", "sessions", ["account_id"])
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])


def _api_keys() -> None:
    op.create_table(
        "api_keys",
        _id(),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        _instant("created_at"),
        _instant("last_used_at", nullable=True),
        _instant("expires_at", nullable=True),
        _instant("ended_at", nullable=True),
        _account("api_keys", "account_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_keys_digest")),
    )
    op.create_index("ix_api_keys_account_id", "api_keys", ["account_id"])


def _invitations() -> None:
    op.create_table(
        "invitations",
        _id(),
        sa.Column("inviter_id", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("role", sa.SmallInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        _instant("created_at"),
        _instant("expires_at"),
        _instant("used_at", nullable=True),
        sa.Column("used_by_id", sa.BigInteger(), nullable=True),
        _account("invitations", "inviter_id"),
        _account("invitations", "used_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("digest", name=op.f("uq_invitations_digest")),
    )
    op.create_index("ix_invitations_inviter_id", "invitations", ["inviter_id"])
    op.create_index("ix_invitations_used_by_id", "invitations", ["used_by_id"])


def _revocations() -> None:
    op.create_table(
        "revocations",
        sa.Column("credential_id", sa.BigInteger(), autoincrement=False, nullable=False),
        _instant("until"),
        sa.PrimaryKeyConstraint("credential_id", name=op.f("pk_revocations")),
    )
    op.create_index("ix_revocations_until", "revocations", ["until"])


def _security_events() -> None:
    op.create_table(
        "security_events",
        _id(),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        _instant("at"),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        _account("security_events", "account_id"),
        _account("security_events", "actor_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_security_events")),
    )
    op.create_index("ix_security_events_account_id_id", "security_events", ["account_id", "id"])
    op.create_index("ix_security_events_at", "security_events", ["at"])
    op.create_index("ix_security_events_actor_id", "security_events", ["actor_id"])
