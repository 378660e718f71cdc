"""What clients get about reactions."""

from src.schemas import Id, Output


class ReactionState(Output):
    """What the caller has done to a post, and how many have."""

    post_id: Id
    liked: bool
    reposted: bool
    bookmarked: bool
    pinned: bool
    likes_count: int
    reposts_count: int
