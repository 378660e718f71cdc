"""Link cards, and the posts that show them."""

import sqlalchemy as sa

from alembic import op

revision = "0016_previews"
down_revision = "0015_search"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "link_cards",
        sa.Column("id", sa.BigInteger(), server_default=sa.text("hearth_id()"), nullable=False, autoincrement=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        *(sa.Column(name, sa.Text()) for name in ("title", "description", "site_name", "image_url")),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stale_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_link_cards"),
        sa.UniqueConstraint("digest", name="uq_link_cards_digest"),
    )
    op.create_index("ix_link_cards_asked_at", "link_cards", ["asked_at"])
    op.add_column("posts", sa.Column("card_id", sa.BigInteger()))
    op.add_column("posts", sa.Column("card_version", sa.BigInteger(), server_default="0", nullable=False))
    op.create_foreign_key("fk_posts_card_id", "posts", "link_cards", ["card_id"], ["id"], ondelete="SET NULL")
    op.create_index("ix_posts_card_id", "posts", ["card_id"], postgresql_where=sa.text("card_id IS NOT NULL"))


def downgrade() -> None:
    """Back to the one before."""
    op.drop_column("posts", "card_version")
    op.drop_column("posts", "card_id")
    op.drop_table("link_cards")
