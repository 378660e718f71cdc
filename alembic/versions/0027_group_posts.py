"""Posts for a group. Nothing that there is, is looked at: that is the next revision's, behind weaker locks."""

import sqlalchemy as sa

from alembic import op

revision = "0027_group_posts"
down_revision = "0026_chat_exports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision. The table is locked for a moment only."""
    op.add_column("posts", sa.Column("group_id", sa.BigInteger()))
    op.create_foreign_key("fk_posts_group_id", "posts", "groups", ["group_id"], ["id"], postgresql_not_valid=True)
    op.create_check_constraint(
        op.f("ck_posts_group"), "posts", "(visibility = 4) = (group_id IS NOT NULL)", postgresql_not_valid=True
    )


def downgrade() -> None:
    """Back to the one before. What was for a group is for its author and whom it names."""
    op.execute("ALTER TABLE posts DROP CONSTRAINT ck_posts_group")
    op.execute("UPDATE posts SET visibility = 3, revision = revision + 1 WHERE visibility = 4")
    op.drop_column("posts", "group_id")
