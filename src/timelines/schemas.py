"""What clients get from timelines."""

from typing import Annotated

from pydantic import Field

from src.posts import schemas as posts_schemas
from src.schemas import Id, Output
from src.users import schemas as users_schemas


class PostArrived(Output):
    """What one's own stream says of a post that has come into one's home; the timeline has the rest."""

    id: Id
    author_id: Id


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
    """A conversation around one post, as far as the reader may see it.

    A long one is cut: further up it goes on in the thread of the first ancestor here, further down in the threads of
    the descendants.
    """

    ancestors: list[TimelineItem]
    item: TimelineItem
    descendants: list[TimelineItem]
    more_ancestors: Annotated[bool, Field(description="Whether the conversation began before the first one here.")]
    more_descendants: Annotated[bool, Field(description="Whether there are more answers than these.")]
