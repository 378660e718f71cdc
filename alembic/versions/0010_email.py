"""Confirmed e-mail addresses, links in letters, and sessions whose owner has shown who they are."""

import sqlalchemy as sa

from alembic import op

revision = "0010_email"
down_revision = "0009_mail"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("accounts", sa.Column("email_confirmed_at", sa.DateTime(timezone=True)))
    op.add_column("sessions", sa.Column("reauthenticated_at", sa.DateTime(timezone=True)))
    op.create_table(
        "one_time_links",
        _id(),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_one_time_links_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_links")),
        sa.UniqueConstraint("digest", name=op.f("uq_one_time_links_digest")),
    )
    op.create_index("ix_one_time_links_account_id", "one_time_links", ["account_id"])
    op.create_index("ix_one_time_links_expires_at", "one_time_links", ["expires_at"])
    op.create_table(
        "reset_requests",
        _id(),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reset_requests")),
    )


def downgrade() -> None:
    """To the one before."""
    op.drop_table("reset_requests")
    op.drop_table("one_time_links")
    op.drop_column("sessions", "reauthenticated_at")
    op.drop_column("accounts", "email_confirmed_at")


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), server_default=sa.text("hearth_id()"), nullable=False, autoincrement=False)
