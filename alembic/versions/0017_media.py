"""Media items, their files, files on their way past Hearth, and files that wait to be removed."""

import sqlalchemy as sa

from alembic import op

revision = "0017_media"
down_revision = "0016_previews"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    _create_items()
    _create_files()


def _create_items() -> None:
    op.create_table(
        "media_items",
        sa.Column("id", sa.BigInteger(), server_default=sa.text("hearth_id()"), nullable=False, autoincrement=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sent_format", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text()),
        sa.Column("alt_text", sa.Text()),
        sa.Column("focus_x", sa.Float()),
        sa.Column("focus_y", sa.Float()),
        sa.Column("blurhash", sa.Text()),
        sa.Column("width", sa.Integer()),
        sa.Column("height", sa.Integer()),
        sa.Column("duration", sa.Float()),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("task_id", sa.BigInteger()),
        sa.Column("attached_kind", sa.Text()),
        sa.Column("attached_id", sa.BigInteger()),
        sa.Column("place", sa.SmallInteger()),
        sa.Column("unattached_since", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_media_items"),
        sa.ForeignKeyConstraint(["owner_id"], ["accounts.id"], name="fk_media_items_owner_id"),
        sa.CheckConstraint("(attached_kind IS NULL) = (attached_id IS NULL)", name=op.f("ck_media_items_attached")),
        sa.CheckConstraint(
            "(attached_kind IS NULL) = (unattached_since IS NOT NULL)", name=op.f("ck_media_items_unattached")
        ),
        sa.CheckConstraint("(focus_x IS NULL) = (focus_y IS NULL)", name=op.f("ck_media_items_focus")),
    )
    op.create_index("ix_media_items_owner_id_id", "media_items", ["owner_id", "id"])
    op.create_index(
        "ix_media_items_attached_kind_attached_id",
        "media_items",
        ["attached_kind", "attached_id"],
        postgresql_where=sa.text("attached_id IS NOT NULL"),
    )
    op.create_index(
        "ix_media_items_unattached_since",
        "media_items",
        ["unattached_since"],
        postgresql_where=sa.text("unattached_since IS NOT NULL"),
    )
    op.create_index(
        "ix_media_items_processing", "media_items", ["id"], postgresql_where=sa.text("state = 'processing'")
    )


def _create_files() -> None:
    op.create_table(
        "media_files",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("media_id", sa.BigInteger(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=False),
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_media_files"),
        sa.ForeignKeyConstraint(["media_id"], ["media_items.id"], name="fk_media_files_media_id"),
        sa.UniqueConstraint("media_id", "variant", name="uq_media_files_media_id_variant"),
    )
    op.create_table(
        "media_direct_uploads",
        sa.Column("id", sa.BigInteger(), server_default=sa.text("hearth_id()"), nullable=False, autoincrement=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("most_bytes", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_media_direct_uploads"),
        sa.ForeignKeyConstraint(["owner_id"], ["accounts.id"], name="fk_media_direct_uploads_owner_id"),
    )
    op.create_index("ix_media_direct_uploads_owner_id", "media_direct_uploads", ["owner_id"])
    op.create_index("ix_media_direct_uploads_expires_at", "media_direct_uploads", ["expires_at"])
    op.create_table(
        "media_discarded_files",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("discarded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_media_discarded_files"),
    )
    op.create_index("ix_media_discarded_files_discarded_at", "media_discarded_files", ["discarded_at"])


def downgrade() -> None:
    """Back to the one before."""
    op.drop_table("media_discarded_files")
    op.drop_table("media_direct_uploads")
    op.drop_table("media_files")
    op.drop_table("media_items")
