"""Polls with their options and ballots, and the posts that have one."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision = "0022_polls"
down_revision = "0021_groups"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "polls",
        sa.Column("id", sa.BigInteger(), server_default=sa.text("hearth_id()"), nullable=False, autoincrement=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("question", sa.Text()),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in ("is_hidden", "is_public")),
        sa.Column("attached_kind", sa.Text(), nullable=False),
        sa.Column("attached_id", sa.BigInteger()),
        *(sa.Column(name, sa.DateTime(timezone=True)) for name in ("closes_at", "closed_at")),
        sa.Column("voters", sa.BigInteger(), nullable=False),
        sa.Column("outcome", JSONB(none_as_null=True)),
        sa.PrimaryKeyConstraint("id", name="pk_polls"),
        sa.ForeignKeyConstraint(["owner_id"], ["accounts.id"], name="fk_polls_owner_id"),
        sa.UniqueConstraint("attached_kind", "attached_id", name="uq_polls_attached_kind_attached_id"),
        sa.CheckConstraint("voters >= 0", name=op.f("ck_polls_voters")),
    )
    op.create_index("ix_polls_owner_id", "polls", ["owner_id"])
    is_open = sa.text("closed_at IS NULL AND closes_at IS NOT NULL")
    op.create_index("ix_polls_closes_at", "polls", ["closes_at"], postgresql_where=is_open)
    _create_dependents()
    op.add_column("posts", sa.Column("poll_id", sa.BigInteger()))
    op.create_foreign_key("fk_posts_poll_id", "posts", "polls", ["poll_id"], ["id"])
    has_poll = sa.text("poll_id IS NOT NULL")
    op.create_index("ix_posts_poll_id", "posts", ["poll_id"], unique=True, postgresql_where=has_poll)


def _create_dependents() -> None:
    op.create_table(
        "poll_options",
        sa.Column("poll_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("votes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("poll_id", "position", name="pk_poll_options"),
        sa.ForeignKeyConstraint(["poll_id"], ["polls.id"], name="fk_poll_options_poll_id", ondelete="CASCADE"),
        sa.CheckConstraint("votes >= 0", name=op.f("ck_poll_options_votes")),
    )
    op.create_table(
        "poll_ballots",
        sa.Column("poll_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("choices", sa.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("poll_id", "account_id", name="pk_poll_ballots"),
        sa.ForeignKeyConstraint(["poll_id"], ["polls.id"], name="fk_poll_ballots_poll_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_poll_ballots_account_id"),
    )
    op.create_index("ix_poll_ballots_account_id_poll_id", "poll_ballots", ["account_id", "poll_id"])


def downgrade() -> None:
    """Back to the one before."""
    op.drop_column("posts", "poll_id")
    for table in ("poll_ballots", "poll_options", "polls"):
        op.drop_table(table)
