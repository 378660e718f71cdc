"""What happens to posts by their readers."""

from typing import ClassVar

from src.events import event as events


class PostLiked(events.Event):
    """Somebody likes a post."""

    type: ClassVar[str] = "reactions.liked"

    post_id: int
    author_id: int


class PostUnliked(events.Event):
    """Somebody likes it no more."""

    type: ClassVar[str] = "reactions.unliked"

    post_id: int
    author_id: int


class PostReposted(events.Event):
    """Somebody carries a post on to their followers."""

    type: ClassVar[str] = "reactions.reposted"

    repost_id: int
    post_id: int
    author_id: int


class PostUnreposted(events.Event):
    """Somebody took their repost back."""

    type: ClassVar[str] = "reactions.unreposted"

    repost_id: int
    post_id: int
    author_id: int
