"""Tables of posts: the post, its earlier versions, whom it mentions, its hashtags."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from src.models import Base, Identified
from src.posts.constants import Visibility


class Post(Identified):
    """What one person wrote at one time; its id tells when."""

    __tablename__ = "posts"
    __table_args__ = (
        CheckConstraint("likes_count >= 0", name="likes_count"),
        CheckConstraint("reposts_count >= 0", name="reposts_count"),
        CheckConstraint("replies_count >= 0", name="replies_count"),
        CheckConstraint("quotes_count >= 0", name="quotes_count"),
        # A person's posts, newest first, and the public timeline.
        Index("ix_posts_author_id_id", "author_id", "id"),
        Index("ix_posts_public", "id", postgresql_where=f"visibility = {int(Visibility.PUBLIC)}"),
        # The posts of a group, newest first; and whether one is left, for whoever deletes the group.
        Index("ix_posts_group_id_id", "group_id", "id", postgresql_where="group_id IS NOT NULL"),
        CheckConstraint(f"(visibility = {int(Visibility.GROUP)}) = (group_id IS NOT NULL)", name="group"),
        Index("ix_posts_reply_to_id", "reply_to_id", postgresql_where="reply_to_id IS NOT NULL"),
        Index("ix_posts_thread_id", "thread_id", postgresql_where="thread_id IS NOT NULL"),
        Index("ix_posts_quote_of_id", "quote_of_id", postgresql_where="quote_of_id IS NOT NULL"),
        Index("ix_posts_card_id", "card_id", postgresql_where="card_id IS NOT NULL"),
        Index("ix_posts_poll_id", "poll_id", unique=True, postgresql_where="poll_id IS NOT NULL"),
        # What has just been written is looked through one by one, so it is kept short.
        Index(
            "ix_posts_document", "document", postgresql_using="gin", postgresql_with={"gin_pending_list_limit": "512"}
        ),
        Index("ix_posts_without_document", "id", postgresql_where="document IS NULL"),
        # Counters change often: room in the page keeps those updates out of the indexes.
        {"postgresql_with": {"fillfactor": "85"}},
    )

    author_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    text: Mapped[str] = mapped_column(Text)
    content_warning: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(Text)
    visibility: Mapped[int] = mapped_column(SmallInteger)
    # Whose members see it. A group that is over lets go of its posts before it is deleted: `handlers_groups`.
    group_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id"))
    # A reply outlives what it answers; `thread_id` is the first post of its thread, null for that one itself.
    reply_to_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id", ondelete="SET NULL"))
    # Kept beside it, so that a home timeline tells whose conversation it is without a look at the other post.
    reply_to_author_id: Mapped[int | None]
    thread_id: Mapped[int | None]
    quote_of_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id", ondelete="SET NULL"))
    # The card of the first link.
    card_id: Mapped[int | None] = mapped_column(ForeignKey("link_cards.id", ondelete="SET NULL"))
    # Deleted with the post, by its service; read for each reader anew.
    poll_id: Mapped[int | None] = mapped_column(ForeignKey("polls.id"))
    # Rises with each edit; `revision` when its card or its media change: (id, version, revision) names for ever what
    # readers see of it.
    version: Mapped[int] = mapped_column(default=1)
    revision: Mapped[int] = mapped_column(default=0, server_default="0")
    edited_at: Mapped[datetime | None]
    # The words of it, for search (`documents.document_of`); null until a job has come by, where nobody wrote it down.
    document: Mapped[str | None] = mapped_column(TSVECTOR, deferred=True, deferred_raiseload=True)
    likes_count: Mapped[int] = mapped_column(default=0)
    reposts_count: Mapped[int] = mapped_column(default=0)
    replies_count: Mapped[int] = mapped_column(default=0)
    quotes_count: Mapped[int] = mapped_column(default=0)


class PostEdit(Identified):
    """An earlier version of a post, kept when an edit replaced it."""

    __tablename__ = "post_edits"
    __table_args__ = (UniqueConstraint("post_id", "version"),)

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    version: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    content_warning: Mapped[str | None] = mapped_column(Text)
    replaced_at: Mapped[datetime]


class PostMention(Base):
    """A person whom a post names."""

    __tablename__ = "post_mentions"
    __table_args__ = (Index("ix_post_mentions_account_id_post_id", "account_id", "post_id"),)

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)


class PostHashtag(Base):
    """A hashtag that a post carries, in the form in which tags are compared."""

    __tablename__ = "post_hashtags"
    __table_args__ = (
        Index("ix_post_hashtags_post_id", "post_id"),
        # Look-up by the beginning, whatever the database's collation.
        Index("ix_post_hashtags_beginning", "hashtag", "post_id", postgresql_ops={"hashtag": "text_pattern_ops"}),
    )

    hashtag: Mapped[str] = mapped_column(Text, primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
