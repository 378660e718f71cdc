"""Notifications."""

import sqlalchemy as sa

from alembic import op

revision = "0014_notifications"
down_revision = "0013_deletions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    _create_inbox()
    _create_wishes()
    _create_deliveries()


def downgrade() -> None:
    """Back to the one before."""
    for table in (
        "deliveries",
        "notification_subscriptions",
        "notification_quiet_times",
        "notification_silences",
        "notification_groups",
        "notification_inboxes",
        "notifications",
    ):
        op.drop_table(table)


def _account(table: str, column: str = "account_id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["accounts.id"], name=f"fk_{table}_{column}")


def _create_inbox() -> None:
    op.create_table(
        "notifications",
        sa.Column("id", sa.BigInteger(), server_default=sa.text("hearth_id()"), nullable=False, autoincrement=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.BigInteger()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger()),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("group_key", sa.Text(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_notifications"),
        _account("notifications"),
        _account("notifications", "actor_id"),
        sa.UniqueConstraint("account_id", "key", name="uq_notifications_account_id_key"),
    )
    op.create_index("ix_notifications_account_id_id", "notifications", ["account_id", "id"])
    op.create_index(
        "ix_notifications_unread", "notifications", ["account_id", "id"], postgresql_where=sa.text("read_at IS NULL")
    )
    op.create_index("ix_notifications_group", "notifications", ["account_id", "group_key", "id"])
    for column in ("subject_id", "actor_id"):
        op.create_index(
            f"ix_notifications_{column}", "notifications", [column], postgresql_where=sa.text(f"{column} IS NOT NULL")
        )
    op.create_table(
        "notification_inboxes",
        sa.Column("account_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("newest_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_notification_inboxes"),
        _account("notification_inboxes"),
    )
    op.create_table(
        "notification_groups",
        sa.Column("account_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger()),
        sa.Column("newest_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "key", name="pk_notification_groups"),
        _account("notification_groups"),
    )
    op.create_index("ix_notification_groups_account_id_newest_id", "notification_groups", ["account_id", "newest_id"])


def _create_wishes() -> None:
    op.create_table(
        "notification_silences",
        sa.Column("account_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "kind", "channel", name="pk_notification_silences"),
        _account("notification_silences"),
    )
    op.create_table(
        "notification_quiet_times",
        sa.Column("account_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_notification_quiet_times"),
        _account("notification_quiet_times"),
        sa.CheckConstraint("starts <> ends", name=op.f("ck_notification_quiet_times_some")),
    )
    op.create_table(
        "notification_subscriptions",
        sa.Column("account_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("frequency", sa.Text(), nullable=False),
        sa.Column("hour", sa.SmallInteger(), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True)),
        sa.Column("told_id", sa.BigInteger(), nullable=False),
        sa.Column("pause_until", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("account_id", "channel", name="pk_notification_subscriptions"),
        _account("notification_subscriptions"),
        sa.CheckConstraint(
            "hour BETWEEN 0 AND 23 AND weekday BETWEEN 0 AND 6", name=op.f("ck_notification_subscriptions_time")
        ),
    )
    op.create_index(
        "ix_notification_subscriptions_next_at",
        "notification_subscriptions",
        ["next_at"],
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.BigInteger(), server_default=sa.text("hearth_id()"), nullable=False, autoincrement=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.Boolean(), nullable=False),
        sa.Column("notification_id", sa.BigInteger()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("turn", sa.SmallInteger(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("outside_id", sa.Text()),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        _account("deliveries"),
        sa.ForeignKeyConstraint(
            ["notification_id"], ["notifications.id"], name="fk_deliveries_notification_id", ondelete="SET NULL"
        ),
        sa.UniqueConstraint("account_id", "channel", "key", name="uq_deliveries_account_id_channel_key"),
        sa.CheckConstraint("(state = 'queued') = (ended_at IS NULL)", name=op.f("ck_deliveries_state")),
    )
    for name, columns, where in (
        ("due", ["channel", "due_at"], "state = 'queued'"),
        ("ended_at", ["ended_at"], "ended_at IS NOT NULL"),
        ("notification_id", ["notification_id"], "notification_id IS NOT NULL"),
    ):
        op.create_index(f"ix_deliveries_{name}", "deliveries", columns, postgresql_where=sa.text(where))
