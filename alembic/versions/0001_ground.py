"""The ground: ids ordered by time, and answers kept for repeated requests."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0001_ground"
down_revision = None
branch_labels = None
depends_on = None

# Milliseconds since 1970 above, the low 16 bits of one sequence below.
_ID_FUNCTION = """
CREATE FUNCTION hearth_id(at timestamptz DEFAULT clock_timestamp()) RETURNS bigint
LANGUAGE sql VOLATILE PARALLEL UNSAFE AS $$
    SELECT (floor(extract(epoch FROM at) * 1000)::bigint << 16) | (nextval('hearth_id_sequence') & 65535)
$$
"""


def upgrade() -> None:
    """To this revision."""
    op.execute("CREATE SEQUENCE hearth_id_sequence CACHE 32")
    op.execute(_ID_FUNCTION)
    op.create_table(
        "idempotency_keys",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("headers", postgresql.JSONB(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "key", "method", "path", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])


def downgrade() -> None:
    """Back to an empty database."""
    op.drop_table("idempotency_keys")
    op.execute("DROP FUNCTION hearth_id")
    op.execute("DROP SEQUENCE hearth_id_sequence")
