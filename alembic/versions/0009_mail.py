"""Letters on their way out."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0009_mail"
down_revision = "0008_mastodon_archive"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "letters",
        sa.Column("id", sa.BigInteger(), server_default=sa.text("hearth_id()"), nullable=False, autoincrement=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text()),
        sa.Column("template", sa.Text()),
        sa.Column("locale", sa.Text()),
        sa.Column("values", postgresql.JSONB(none_as_null=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("outcome", sa.Text()),
        sa.CheckConstraint("(outcome IS NULL) = (finished_at IS NULL)", name=op.f("ck_letters_outcome")),
        sa.CheckConstraint(
            'finished_at IS NULL OR num_nonnulls(recipient, template, locale, "values") = 0',
            name=op.f("ck_letters_contents"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
        sa.UniqueConstraint("key", name=op.f("uq_letters_key")),
    )
    open_rows, over = sa.text("finished_at IS NULL"), sa.text("finished_at IS NOT NULL")
    op.create_index("ix_letters_due_at", "letters", ["due_at"], postgresql_where=open_rows)
    op.create_index("ix_letters_recipient", "letters", [sa.text("lower(recipient)")], postgresql_where=open_rows)
    op.create_index("ix_letters_finished_at", "letters", ["finished_at"], postgresql_where=over)


def downgrade() -> None:
    """To the one before."""
    op.drop_table("letters")
