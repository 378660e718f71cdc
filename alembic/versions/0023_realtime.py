"""People's own streams, who is there, and the epoch of all streams."""

import sqlalchemy as sa

from alembic import op

revision = "0023_realtime"
down_revision = "0022_polls"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "personal_streams",
        sa.Column("account_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("last_ev", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_hidden", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_personal_streams"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_personal_streams_account_id"),
    )
    op.create_table(
        "presence",
        sa.Column("account_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_presence"),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "socket_counts",
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("sockets", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("process", name="pk_socket_counts"),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "stream_epochs",
        sa.Column("is_the_one", sa.Boolean(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("is_the_one", name="pk_stream_epochs"),
        sa.CheckConstraint("is_the_one", name=op.f("ck_stream_epochs_one_row")),
    )


def downgrade() -> None:
    """Back to the one before."""
    for table in ("stream_epochs", "socket_counts", "presence", "personal_streams"):
        op.drop_table(table)
