"""What 0027 says of posts holds for all of them, and the posts of a group are found."""

import sqlalchemy as sa

from alembic import op

revision = "0028_group_posts_checked"
down_revision = "0027_group_posts"
branch_labels = None
depends_on = None

_CONSTRAINTS = ("fk_posts_group_id", "ck_posts_group")


def upgrade() -> None:
    """To this revision. Posts can be read meanwhile; to write one waits while the table is read once, for the index.

    That is not built concurrently, which would wait for whoever waits for this migration.
    """
    for name in _CONSTRAINTS:
        op.execute(f"ALTER TABLE posts VALIDATE CONSTRAINT {name}")
    in_group = sa.text("group_id IS NOT NULL")
    op.create_index("ix_posts_group_id_id", "posts", ["group_id", "id"], postgresql_where=in_group)


def downgrade() -> None:
    """Back to the one before, where what has been found to hold was still to be looked at."""
    op.drop_index("ix_posts_group_id_id")
    for name in _CONSTRAINTS:
        op.drop_constraint(name, "posts")
    op.create_foreign_key("fk_posts_group_id", "posts", "groups", ["group_id"], ["id"], postgresql_not_valid=True)
    op.create_check_constraint(
        op.f("ck_posts_group"), "posts", "(visibility = 4) = (group_id IS NOT NULL)", postgresql_not_valid=True
    )
