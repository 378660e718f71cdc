"""Posts with their versions, mentions and hashtags."""

import sqlalchemy as sa

from alembic import op

revision = "0005_posts"
down_revision = "0004_users"
branch_labels = None
depends_on = None

_COUNTERS = ("likes_count", "reposts_count", "replies_count", "quotes_count")


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "posts",
        sa.Column("id", sa.BigInteger(), server_default=sa.text("hearth_id()"), nullable=False, autoincrement=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("content_warning", sa.Text()),
        sa.Column("language", sa.Text()),
        sa.Column("visibility", sa.SmallInteger(), nullable=False),
        sa.Column("reply_to_id", sa.BigInteger()),
        sa.Column("reply_to_author_id", sa.BigInteger()),
        sa.Column("thread_id", sa.BigInteger()),
        sa.Column("quote_of_id", sa.BigInteger()),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True)),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _COUNTERS),
        sa.PrimaryKeyConstraint("id", name="pk_posts"),
        sa.ForeignKeyConstraint(["author_id"], ["accounts.id"], name="fk_posts_author_id"),
        sa.ForeignKeyConstraint(["reply_to_id"], ["posts.id"], name="fk_posts_reply_to_id", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["quote_of_id"], ["posts.id"], name="fk_posts_quote_of_id", ondelete="SET NULL"),
        *(sa.CheckConstraint(f"{name} >= 0", name=op.f(f"ck_posts_{name}")) for name in _COUNTERS),
        postgresql_with={"fillfactor": "85"},
    )
    op.create_index("ix_posts_author_id_id", "posts", ["author_id", "id"])
    op.create_index("ix_posts_public", "posts", ["id"], postgresql_where=sa.text("visibility = 1"))
    for name in ("reply_to_id", "thread_id", "quote_of_id"):
        op.create_index(f"ix_posts_{name}", "posts", [name], postgresql_where=sa.text(f"{name} IS NOT NULL"))
    _create_dependents()


def _create_dependents() -> None:
    op.create_table(
        "post_edits",
        sa.Column("id", sa.BigInteger(), server_default=sa.text("hearth_id()"), nullable=False, autoincrement=False),
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("content_warning", sa.Text()),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_post_edits"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name="fk_post_edits_post_id", ondelete="CASCADE"),
        sa.UniqueConstraint("post_id", "version", name="uq_post_edits_post_id_version"),
    )
    op.create_table(
        "post_mentions",
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("post_id", "account_id", name="pk_post_mentions"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name="fk_post_mentions_post_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_post_mentions_account_id"),
    )
    op.create_index("ix_post_mentions_account_id_post_id", "post_mentions", ["account_id", "post_id"])
    op.create_table(
        "post_hashtags",
        sa.Column("hashtag", sa.Text(), nullable=False),
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hashtag", "post_id", name="pk_post_hashtags"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name="fk_post_hashtags_post_id", ondelete="CASCADE"),
    )
    op.create_index("ix_post_hashtags_post_id", "post_hashtags", ["post_id"])


def downgrade() -> None:
    """Back to the one before."""
    for table in ("post_hashtags", "post_mentions", "post_edits", "posts"):
        op.drop_table(table)
