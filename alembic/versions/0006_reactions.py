"""Likes, reposts, bookmarks and pins."""

import sqlalchemy as sa

from alembic import op

revision = "0006_reactions"
down_revision = "0005_posts"
branch_labels = None
depends_on = None

_KINDS = ("likes", "reposts", "bookmarks", "pins")


def upgrade() -> None:
    """To this revision."""
    for name in _KINDS:
        op.create_table(
            name,
            sa.Column(
                "id", sa.BigInteger(), server_default=sa.text("hearth_id()"), nullable=False, autoincrement=False
            ),
            sa.Column("account_id", sa.BigInteger(), nullable=False),
            sa.Column("post_id", sa.BigInteger(), nullable=False),
            sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
            sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=f"fk_{name}_account_id"),
            sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=f"fk_{name}_post_id", ondelete="CASCADE"),
            sa.UniqueConstraint("account_id", "post_id", name=f"uq_{name}_account_id_post_id"),
        )
        op.create_index(f"ix_{name}_account_id_id", name, ["account_id", "id"])
        op.create_index(f"ix_{name}_post_id_id", name, ["post_id", "id"])


def downgrade() -> None:
    """Back to the one before."""
    for name in reversed(_KINDS):
        op.drop_table(name)
