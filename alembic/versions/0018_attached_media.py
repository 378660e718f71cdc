"""Media on posts and on profiles: a number that rises with cards and media of a post, and the pictures of people."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision = "0018_attached_media"
down_revision = "0017_media"
branch_labels = None
depends_on = None

_PICTURES = ("picture", "header")


def upgrade() -> None:
    """To this revision. No table is rewritten."""
    op.alter_column("posts", "card_version", new_column_name="revision")
    for name in _PICTURES:
        op.add_column("profiles", sa.Column(name, JSONB(none_as_null=True)))


def downgrade() -> None:
    """Back to the one before. What hangs on something would hang there for ever: it goes the way of orphans."""
    op.execute(
        "UPDATE media_items SET attached_kind = NULL, attached_id = NULL, place = NULL, unattached_since = now() "
        "WHERE attached_kind IN ('post', 'profile_picture', 'profile_header')"
    )
    for name in reversed(_PICTURES):
        op.drop_column("profiles", name)
    op.alter_column("posts", "revision", new_column_name="card_version")
