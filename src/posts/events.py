"""What happens to posts, for whoever listens. Ids only: what was deleted must not live on in events."""

from typing import ClassVar

from src.events import event as events


class PostPublished(events.Event):
    """A new post is there."""

    type: ClassVar[str] = "posts.published"

    post_id: int
    author_id: int
    visibility: int
    reply_to_id: int | None
    quote_of_id: int | None
    mentioned_ids: tuple[int, ...]


class PostEdited(events.Event):
    """A post has a new text."""

    type: ClassVar[str] = "posts.edited"

    post_id: int
    author_id: int
    visibility: int
    # Whom the new text names; none where the text stayed.
    newly_mentioned_ids: tuple[int, ...]


class LinkShared(events.Event):
    """A post's text has a link, or had one before it was edited."""

    type: ClassVar[str] = "posts.link_shared"

    post_id: int


class PostReaddressed(events.Event):
    """A post's group is over: from now on it is for its author and whom it names."""

    type: ClassVar[str] = "posts.readdressed"

    post_id: int
    author_id: int
    mentioned_ids: tuple[int, ...]


class GroupPostsWaiting(events.Event):
    """A group that is over has had more posts than are readdressed at once."""

    type: ClassVar[str] = "posts.group_posts_waiting"

    group_id: int


class PostDeleted(events.Event):
    """A post is gone."""

    type: ClassVar[str] = "posts.deleted"

    post_id: int
    author_id: int
