"""Groups: who belongs together, who must not come, and who is invited."""

import sqlalchemy as sa

from alembic import op

revision = "0021_groups"
down_revision = "0020_archives"
branch_labels = None
depends_on = None

_ID = "hearth_id()"


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "groups",
        sa.Column("id", sa.BigInteger(), server_default=sa.text(_ID), nullable=False, autoincrement=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("is_fixed", sa.Boolean(), nullable=False),
        sa.Column("members_count", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("members_count >= 0", name=op.f("ck_groups_members_count")),
        sa.PrimaryKeyConstraint("id", name="pk_groups"),
    )
    _members()
    _bans()
    _invites()


def downgrade() -> None:
    """Back to the one before."""
    for table in ("group_invites", "group_bans", "group_members", "groups"):
        op.drop_table(table)


def _members() -> None:
    op.create_table(
        "group_members",
        *_pair(),
        sa.Column("role", sa.SmallInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("role BETWEEN 1 AND 3", name=op.f("ck_group_members_role")),
        *_keys("group_members", "group_id", "account_id"),
        sa.PrimaryKeyConstraint("group_id", "account_id", name="pk_group_members"),
    )
    op.create_index("ix_group_members_account_id_group_id", "group_members", ["account_id", "group_id"])
    op.create_index(
        "uq_group_members_owner", "group_members", ["group_id"], unique=True, postgresql_where=sa.text("role = 3")
    )


def _bans() -> None:
    op.create_table(
        "group_bans",
        *_pair(),
        sa.Column("by_id", sa.BigInteger()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *_keys("group_bans", "group_id", "account_id", "by_id"),
        sa.PrimaryKeyConstraint("group_id", "account_id", name="pk_group_bans"),
    )
    op.create_index("ix_group_bans_account_id", "group_bans", ["account_id"])
    op.create_index("ix_group_bans_by_id", "group_bans", ["by_id"])


def _invites() -> None:
    op.create_table(
        "group_invites",
        sa.Column("id", sa.BigInteger(), server_default=sa.text(_ID), nullable=False, autoincrement=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("max_uses", sa.BigInteger()),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("uses <= max_uses", name=op.f("ck_group_invites_uses")),
        *_keys("group_invites", "group_id", "created_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_group_invites"),
        sa.UniqueConstraint("digest", name="uq_group_invites_digest"),
    )
    op.create_index("ix_group_invites_group_id", "group_invites", ["group_id"])
    op.create_index("ix_group_invites_created_by_id", "group_invites", ["created_by_id"])


def _pair() -> tuple[sa.Column[int], sa.Column[int]]:
    return (
        sa.Column("group_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False, autoincrement=False),
    )


def _keys(table: str, *columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            [column], ["groups.id" if column == "group_id" else "accounts.id"], name=f"fk_{table}_{column}"
        )
        for column in columns
    ]
