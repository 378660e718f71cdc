"""What this server says of itself."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision = "0019_server_settings"
down_revision = "0018_attached_media"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "server_settings",
        sa.Column("is_the_one", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "description", "contact")),
        sa.Column("rules", JSONB(), nullable=False),
        sa.Column("registration", sa.Text()),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("is_the_one", name="pk_server_settings"),
        sa.CheckConstraint("is_the_one", name=op.f("ck_server_settings_one_row")),
    )


def downgrade() -> None:
    """Back to the one before."""
    op.drop_table("server_settings")
