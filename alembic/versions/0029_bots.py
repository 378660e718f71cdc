"""Accounts of programs, and hooks through which programs write into a chat."""

import sqlalchemy as sa

from alembic import op

revision = "0029_bots"
down_revision = "0028_group_posts_checked"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "bots",
        sa.Column("account_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("owner_id", sa.BigInteger()),
        sa.Column("suspended_with_owner", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_bots"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_bots_account_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["accounts.id"], name="fk_bots_owner_id"),
    )
    op.create_index("ix_bots_owner_id", "bots", ["owner_id"], postgresql_where=sa.text("owner_id IS NOT NULL"))
    op.add_column("profiles", sa.Column("is_bot", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "chat_hooks",
        sa.Column("id", sa.BigInteger(), server_default=sa.text("hearth_id()"), nullable=False, autoincrement=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger()),
        sa.Column("digest", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("id", name="pk_chat_hooks"),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name="fk_chat_hooks_chat_id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_chat_hooks_account_id"),
        sa.ForeignKeyConstraint(["created_by_id"], ["accounts.id"], name="fk_chat_hooks_created_by_id"),
        sa.UniqueConstraint("account_id", name="uq_chat_hooks_account_id"),
        sa.UniqueConstraint("digest", name="uq_chat_hooks_digest"),
    )
    op.create_index("ix_chat_hooks_chat_id_id", "chat_hooks", ["chat_id", "id"])
    op.create_index("ix_chat_hooks_created_by_id", "chat_hooks", ["created_by_id"])


def downgrade() -> None:
    """Back to the one before. What were bots are accounts that nobody can sign in to, and their keys end."""
    op.execute(
        "UPDATE api_keys SET ended_at = now() WHERE ended_at IS NULL AND account_id IN (SELECT account_id FROM bots)"
    )
    op.drop_table("chat_hooks")
    op.drop_column("profiles", "is_bot")
    op.drop_table("bots")
