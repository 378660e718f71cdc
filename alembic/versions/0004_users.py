"""People: profiles, and who follows, blocks and mutes whom."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0004_users"
down_revision = "0003_auth"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    _profiles()
    _follows()
    _blocks()
    _mutes()


def downgrade() -> None:
    """To the one before."""
    for table in ("mutes", "blocks", "follows", "profiles"):
        op.drop_table(table)


def _profiles() -> None:
    op.create_table(
        "profiles",
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("bio", sa.Text(), nullable=False),
        sa.Column("links", postgresql.JSONB(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("followers_count", sa.BigInteger(), nullable=False),
        sa.Column("following_count", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("followers_count >= 0", name=op.f("ck_profiles_followers_count")),
        sa.CheckConstraint("following_count >= 0", name=op.f("ck_profiles_following_count")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_profiles_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_profiles")),
        postgresql_with={"fillfactor": "85"},
    )
    op.create_index(
        "ix_profiles_lower_display_name",
        "profiles",
        [sa.literal_column("lower(display_name)").label("lower")],
        postgresql_ops={"lower": "text_pattern_ops"},
    )


def _follows() -> None:
    op.create_table(
        "follows",
        _id(),
        sa.Column("follower_id", sa.BigInteger(), nullable=False),
        sa.Column("followee_id", sa.BigInteger(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        *_relation("follows", "follower_id", "followee_id"),
    )
    accepted = sa.text("accepted")
    op.create_index("ix_follows_follower_id_id", "follows", ["follower_id", "id"], postgresql_where=accepted)
    op.create_index("ix_follows_followee_id_id", "follows", ["followee_id", "id"], postgresql_where=accepted)
    op.create_index("ix_follows_requests", "follows", ["followee_id", "id"], postgresql_where=sa.text("NOT accepted"))


def _blocks() -> None:
    op.create_table(
        "blocks",
        _id(),
        sa.Column("blocker_id", sa.BigInteger(), nullable=False),
        sa.Column("blocked_id", sa.BigInteger(), nullable=False),
        *_relation("blocks", "blocker_id", "blocked_id"),
    )
    op.create_index("ix_blocks_blocker_id_id", "blocks", ["blocker_id", "id"])
    op.create_index("ix_blocks_blocked_id", "blocks", ["blocked_id"])


def _mutes() -> None:
    op.create_table(
        "mutes",
        _id(),
        sa.Column("muter_id", sa.BigInteger(), nullable=False),
        sa.Column("muted_id", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        *_relation("mutes", "muter_id", "muted_id"),
    )
    op.create_index("ix_mutes_muter_id_id", "mutes", ["muter_id", "id"])
    op.create_index("ix_mutes_muted_id", "mutes", ["muted_id"])
    op.create_index("ix_mutes_until", "mutes", ["until"], postgresql_where=sa.text("until IS NOT NULL"))


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), server_default=sa.text("hearth_id()"), autoincrement=False, nullable=False)


def _relation(table: str, one: str, other: str) -> tuple[sa.Constraint, ...]:
    return (
        sa.CheckConstraint(f"{one} <> {other}", name=op.f(f"ck_{table}_not_oneself")),
        sa.ForeignKeyConstraint([one], ["accounts.id"], name=op.f(f"fk_{table}_{one}")),
        sa.ForeignKeyConstraint([other], ["accounts.id"], name=op.f(f"fk_{table}_{other}")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint(one, other, name=op.f(f"uq_{table}_{one}_{other}")),
    )
