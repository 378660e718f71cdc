"""The second factor, and the device in what happened to an account."""

import sqlalchemy as sa

from alembic import op

revision = "0011_second_factor"
down_revision = "0010_email"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("accounts", sa.Column("second_factor_at", sa.DateTime(timezone=True)))
    op.add_column("security_events", sa.Column("device", sa.Text(), server_default="", nullable=False))
    op.add_column("security_events", sa.Column("new_device", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "totp_secrets",
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_totp_secrets_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_totp_secrets")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.BigInteger(), server_default=sa.text("hearth_id()"), nullable=False, autoincrement=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_recovery_codes_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint("account_id", "digest", name=op.f("uq_recovery_codes_account_id_digest")),
    )


def downgrade() -> None:
    """To the one before."""
    op.drop_table("recovery_codes")
    op.drop_table("totp_secrets")
    op.drop_column("security_events", "new_device")
    op.drop_column("security_events", "device")
    op.drop_column("accounts", "second_factor_at")
