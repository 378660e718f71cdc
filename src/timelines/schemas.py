"""What clients get from timelines."""

from src.posts import schemas as posts_schemas
from src.schemas import Output
from src.users import schemas as users_schemas


class ViewerState(Output):
    """What the reader has done to a post; all false for a stranger."""

    liked: bool
    reposted: bool
    bookmarked: bool
    pinned: bool


class TimelineItem(Output):
    """A post in a timeline."""

    post: posts_schemas.PostRead
    viewer: ViewerState
    reposted_by: users_schemas.Author | None


class Thread(Output):
    """A conversation around one post, as far as the reader may see it."""

    ancestors: list[TimelineItem]
    item: TimelineItem
    descendants: list[TimelineItem]
