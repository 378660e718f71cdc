"""What happens to posts by their readers."""

from typing import ClassVar

from src.events.event import Event


class PostLiked(Event):
    """Somebody likes a post."""

    type: ClassVar[str] = "reactions.liked"

    post_id: int
    author_id: int


class PostUnliked(Event):
    """Somebody likes it no more."""

    type: ClassVar[str] = "reactions.unliked"

    post_id: int
    author_id: int


class PostReposted(Event):
    """Somebody carries a post on to their followers."""

    type: ClassVar[str] = "reactions.reposted"

    repost_id: int
    post_id: int
    author_id: int


class PostUnreposted(Event):
    """Somebody took their repost back."""

    type: ClassVar[str] = "reactions.unreposted"

    repost_id: int
    post_id: int
    author_id: int
