"""Messages whose polls have votes of which nobody has been told yet."""

import sqlalchemy as sa

from alembic import op

revision = "0025_message_polls"
down_revision = "0024_chats"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "message_poll_news",
        sa.Column("message_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name="pk_message_poll_news"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="fk_message_poll_news_message_id", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    """Back to the one before."""
    op.drop_table("message_poll_news")
