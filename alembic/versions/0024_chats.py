"""Chats, seats, messages and what hangs on them."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSVECTOR

from alembic import op

revision = "0024_chats"
down_revision = "0023_realtime"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    _create_chats()
    _create_messages()
    _create_dependents()


def _create_chats() -> None:
    op.create_table(
        "chats",
        sa.Column("id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("low_id", sa.BigInteger()),
        sa.Column("high_id", sa.BigInteger()),
        sa.Column("name", sa.Text()),
        sa.Column("topic", sa.Text()),
        sa.Column("picture_id", sa.BigInteger()),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("is_read_only", sa.Boolean(), nullable=False),
        sa.Column("slow_mode_seconds", sa.Integer(), nullable=False),
        sa.Column("retention_days", sa.Integer()),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_ev", sa.BigInteger(), nullable=False),
        sa.Column("latest_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_chats"),
        sa.ForeignKeyConstraint(["id"], ["groups.id"], name="fk_chats_id"),
        sa.ForeignKeyConstraint(["low_id"], ["accounts.id"], name="fk_chats_low_id"),
        sa.ForeignKeyConstraint(["high_id"], ["accounts.id"], name="fk_chats_high_id"),
        sa.UniqueConstraint("low_id", "high_id", name="uq_chats_low_id_high_id"),
        sa.CheckConstraint("kind = 1 OR low_id IS NULL", name=op.f("ck_chats_pair")),
        sa.CheckConstraint(
            "(low_id IS NULL) = (high_id IS NULL) AND low_id <= high_id", name=op.f("ck_chats_pair_order")
        ),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_index("ix_chats_public", "chats", ["id"], postgresql_where=sa.text("is_public"))
    op.create_index(
        "ix_chats_name",
        "chats",
        [sa.text("hearth_trigrams(coalesce(name, ''))")],
        postgresql_using="gin",
        postgresql_where=sa.text("is_public"),
    )
    op.create_table(
        "chat_seats",
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("read_seq", sa.BigInteger(), nullable=False),
        sa.Column("wrote_at", sa.DateTime(timezone=True)),
        sa.Column("level", sa.SmallInteger()),
        sa.Column("muted_until", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("chat_id", "account_id", name="pk_chat_seats"),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name="fk_chat_seats_chat_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_chat_seats_account_id"),
        postgresql_with={"fillfactor": "70"},
    )
    op.create_index("ix_chat_seats_account_id", "chat_seats", ["account_id", "chat_id"])
    op.create_table(
        "chat_receipt_refusals",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_chat_receipt_refusals"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_chat_receipt_refusals_account_id"),
    )


def _create_messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.BigInteger(), server_default=sa.text("hearth_id()"), nullable=False, autoincrement=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("ev", sa.BigInteger(), nullable=False),
        sa.Column("sender_id", sa.BigInteger()),
        sa.Column("cid", sa.Uuid()),
        sa.Column("digest", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reply_to_id", sa.BigInteger()),
        sa.Column("thread_id", sa.BigInteger()),
        sa.Column("names_all", sa.Boolean(), nullable=False),
        sa.Column("card_kind", sa.Text()),
        sa.Column("card_id", sa.BigInteger()),
        sa.Column("poll_id", sa.BigInteger()),
        sa.Column("link_card_id", sa.BigInteger()),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True)),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
        sa.Column("document", TSVECTOR()),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name="fk_messages_chat_id"),
        sa.ForeignKeyConstraint(["sender_id"], ["accounts.id"], name="fk_messages_sender_id"),
        sa.ForeignKeyConstraint(
            ["link_card_id"], ["link_cards.id"], name="fk_messages_link_card_id", ondelete="SET NULL"
        ),
        sa.UniqueConstraint("chat_id", "seq", name="uq_messages_chat_id_seq"),
        sa.UniqueConstraint("sender_id", "cid", name="uq_messages_sender_id_cid"),
        sa.CheckConstraint("(card_kind IS NULL) = (card_id IS NULL)", name=op.f("ck_messages_card")),
        sa.CheckConstraint("deleted_at IS NULL OR text = ''", name=op.f("ck_messages_deleted")),
    )
    for name, columns, where in (
        ("ix_messages_thread_id", ["chat_id", "thread_id", "seq"], "thread_id IS NOT NULL"),
        ("ix_messages_deleted", ["chat_id", "seq"], "deleted_at IS NOT NULL"),
        ("ix_messages_names_all", ["chat_id", "seq"], "names_all"),
        ("ix_messages_link_card_id", ["link_card_id"], "link_card_id IS NOT NULL"),
        ("ix_messages_without_document", ["id"], "document IS NULL"),
    ):
        op.create_index(name, "messages", columns, postgresql_where=sa.text(where))
    op.create_index("ix_messages_document", "messages", ["document"], postgresql_using="gin")


def _create_dependents() -> None:
    op.create_table(
        "message_edits",
        sa.Column("id", sa.BigInteger(), server_default=sa.text("hearth_id()"), nullable=False, autoincrement=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_message_edits"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="fk_message_edits_message_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("message_id", "version", name="uq_message_edits_message_id_version"),
    )
    for table in ("message_mentions", "message_hidings"):
        op.create_table(
            table,
            sa.Column("account_id", sa.BigInteger(), nullable=False),
            sa.Column("chat_id", sa.BigInteger(), nullable=False),
            sa.Column("seq", sa.BigInteger(), nullable=False),
            sa.Column("message_id", sa.BigInteger(), nullable=False),
            sa.PrimaryKeyConstraint("account_id", "chat_id", "seq", name=f"pk_{table}"),
            sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=f"fk_{table}_account_id"),
            sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=f"fk_{table}_message_id", ondelete="CASCADE"),
        )
        op.create_index(f"ix_{table}_message_id", table, ["message_id"])
    op.create_table(
        "message_reactions",
        sa.Column("id", sa.BigInteger(), server_default=sa.text("hearth_id()"), nullable=False, autoincrement=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("emoji", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_message_reactions"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="fk_message_reactions_message_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_message_reactions_account_id"),
        sa.UniqueConstraint(
            "message_id", "account_id", "emoji", name="uq_message_reactions_message_id_account_id_emoji"
        ),
    )
    op.create_index("ix_message_reactions_account_id", "message_reactions", ["account_id"])
    op.create_table(
        "message_pins",
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("by_id", sa.BigInteger()),
        sa.Column("pinned_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", "message_id", name="pk_message_pins"),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name="fk_message_pins_chat_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_message_pins_message_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["by_id"], ["accounts.id"], name="fk_message_pins_by_id"),
    )
    op.create_index("ix_message_pins_by_id", "message_pins", ["by_id"])


def downgrade() -> None:
    """Back to the one before. Groups of chats would be nobody's, and media of messages would hang there for ever."""
    op.execute(
        "UPDATE media_items SET attached_kind = NULL, attached_id = NULL, place = NULL, unattached_since = now() "
        "WHERE attached_kind IN ('message', 'chat_picture')"
    )
    for table in (
        "message_pins",
        "message_reactions",
        "message_hidings",
        "message_mentions",
        "message_edits",
        "messages",
        "chat_receipt_refusals",
        "chat_seats",
        "chats",
    ):
        op.drop_table(table)
    op.execute("DELETE FROM group_invites WHERE group_id IN (SELECT id FROM groups WHERE kind = 'chat')")
    op.execute("DELETE FROM group_bans WHERE group_id IN (SELECT id FROM groups WHERE kind = 'chat')")
    op.execute("DELETE FROM group_members WHERE group_id IN (SELECT id FROM groups WHERE kind = 'chat')")
    op.execute("DELETE FROM groups WHERE kind = 'chat'")
