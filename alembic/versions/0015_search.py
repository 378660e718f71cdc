"""What posts, people and hashtags are found by."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0015_search"
down_revision = "0014_notifications"
branch_labels = None
depends_on = None

_TRIGRAMS = """
CREATE FUNCTION hearth_trigrams(name text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT substr(padded, place, 3)), '{}')
    FROM (SELECT '  ' || regexp_replace(btrim(lower(name)), '\\s+', '  ', 'g') AS padded) AS written,
         generate_series(1, length(padded) - 2) AS place
$$
"""
_NAMES = (("accounts", "username"), ("profiles", "display_name"))


def upgrade() -> None:
    """To this revision. The words of the posts that there are, are written by a job: that takes no lock for long."""
    op.execute(_TRIGRAMS)
    for table, column in _NAMES:
        expression = sa.text(f"hearth_trigrams({column})")
        op.create_index(f"ix_{table}_{column}_trigrams", table, [expression], postgresql_using="gin")
    op.add_column("posts", sa.Column("document", postgresql.TSVECTOR()))
    # With the usual sample every word that stands in less than a hundredth of the posts is taken for that common.
    op.execute("ALTER TABLE posts ALTER COLUMN document SET STATISTICS 400")
    op.create_index(
        "ix_posts_document",
        "posts",
        ["document"],
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": "512"},
    )
    op.create_index("ix_posts_without_document", "posts", ["id"], postgresql_where=sa.text("document IS NULL"))
    op.create_index(
        "ix_post_hashtags_beginning",
        "post_hashtags",
        ["hashtag", "post_id"],
        postgresql_ops={"hashtag": "text_pattern_ops"},
    )


def downgrade() -> None:
    """Back to the one before."""
    op.drop_index("ix_post_hashtags_beginning")
    op.drop_column("posts", "document")
    for table, column in _NAMES:
        op.drop_index(f"ix_{table}_{column}_trigrams")
    op.execute("DROP FUNCTION hearth_trigrams(text)")
