"""The ledger of imported Mastodon posts."""

import sqlalchemy as sa

from alembic import op

revision = "0008_mastodon_archive"
down_revision = "0007_timelines"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "mastodon_imported_posts",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("post_id", sa.BigInteger()),
        sa.PrimaryKeyConstraint("account_id", "uri", name="pk_mastodon_imported_posts"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_mastodon_imported_posts_account_id"),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name="fk_mastodon_imported_posts_post_id", ondelete="SET NULL"
        ),
    )
    op.create_index("ix_mastodon_imported_posts_post_id", "mastodon_imported_posts", ["post_id"])


def downgrade() -> None:
    """Back to the one before."""
    op.drop_table("mastodon_imported_posts")
