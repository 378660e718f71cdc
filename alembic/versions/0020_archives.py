"""Exports and imports of accounts, and what has come back by them."""

import sqlalchemy as sa

from alembic import op

revision = "0020_archives"
down_revision = "0019_server_settings"
branch_labels = None
depends_on = None

_ID = "hearth_id()"


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "account_exports",
        sa.Column("id", sa.BigInteger(), server_default=sa.text(_ID), nullable=False, autoincrement=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("task_id", sa.BigInteger()),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger()),
        sa.Column("made_at", sa.DateTime(timezone=True)),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_account_exports"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_account_exports_account_id"),
    )
    op.create_index("ix_account_exports_account_id_id", "account_exports", ["account_id", "id"])
    op.create_index(
        "uq_account_exports_unfinished",
        "account_exports",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("made_at IS NULL"),
    )
    op.create_index(
        "ix_account_exports_expires_at",
        "account_exports",
        ["expires_at"],
        postgresql_where=sa.text("expires_at IS NOT NULL"),
    )
    op.create_table(
        "account_imports",
        sa.Column("id", sa.BigInteger(), server_default=sa.text(_ID), nullable=False, autoincrement=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("task_id", sa.BigInteger()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("same_people", sa.Boolean(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_account_imports"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_account_imports_account_id"),
    )
    op.create_index("ix_account_imports_account_id_id", "account_imports", ["account_id", "id"])
    op.create_index(
        "uq_account_imports_unfinished",
        "account_imports",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "restored_rows",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("old_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("archived_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("new_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "kind", "old_id", "archived_id", name="pk_restored_rows"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_restored_rows_account_id"),
    )


def downgrade() -> None:
    """Back to the one before."""
    for table in ("restored_rows", "account_imports", "account_exports"):
        op.drop_table(table)
