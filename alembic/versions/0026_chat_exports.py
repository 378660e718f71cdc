"""Exports of things beside those of accounts."""

import sqlalchemy as sa

from alembic import op

revision = "0026_chat_exports"
down_revision = "0025_message_polls"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("account_exports", sa.Column("kind", sa.Text(), server_default="account", nullable=False))
    op.alter_column("account_exports", "kind", server_default=None)
    op.add_column("account_exports", sa.Column("thing_id", sa.BigInteger()))


def downgrade() -> None:
    """Back to the one before."""
    # What the version before would take for exports of accounts; their files are removed as those that nobody names.
    op.execute("DELETE FROM account_exports WHERE thing_id IS NOT NULL")
    op.drop_column("account_exports", "thing_id")
    op.drop_column("account_exports", "kind")
