"""Reading what a person's feed holds: what a stranger may see of what they wrote themselves."""

from datetime import datetime

from sqlalchemy import or_

from src.database import ReadSession
from src.media import utils as media_utils
from src.models import instant_of
from src.posts import models as posts_models
from src.posts import queries as posts_queries
from src.posts.constants import Visibility
from src.timelines import feeds
from src.timelines.constants import FEED_ENTRIES
from src.users import exceptions as users_exceptions
from src.users import queries as users_queries

Post = posts_models.Post
_STRANGER = 0


async def feed(session: ReadSession, *, person: users_queries.Person, base: str, url: str) -> feeds.Feed:
    """The newest public posts of a person, without answers to others; the same for whoever asks.

    Raises:
        UserNotFound: the person is private, and so has no public feed.
    """
    if person.profile.private:
        raise users_exceptions.UserNotFound
    parent = Post.reply_to_author_id
    statement = (
        posts_queries.sights()
        .where(
            Post.author_id == person.id,
            Post.visibility == Visibility.PUBLIC,
            or_(parent.is_(None), parent == person.id),
            posts_queries.visible_to(_STRANGER),
        )
        .order_by(Post.id.desc())
        .limit(FEED_ENTRIES)
    )
    sights = [posts_queries.sight_of(row) for row in (await session.execute(statement)).all()]
    entries = [_entry(sight, base) for sight in sights]
    return feeds.Feed(
        base=base,
        url=url,
        username=person.username,
        display_name=person.profile.display_name,
        bio=person.profile.bio,
        updated=max([entry.updated for entry in entries], default=person.profile.created_at),
        entries=entries,
    )


def _entry(sight: posts_queries.Sight, base: str) -> feeds.Entry:
    post, published = sight.post, instant_of(sight.post.id)
    updated: datetime = post.edited_at or published
    return feeds.Entry(
        url=f"{base}/@{sight.username}/{post.id}",
        text=post.text,
        content_warning=post.content_warning,
        language=post.language,
        hashtags=sight.hashtags,
        published=published,
        updated=updated,
        media=[
            feeds.Medium(base + item.url, item.content_type, item.alt_text)
            for item in map(media_utils.media_read, sight.media)
            if item.url is not None and item.content_type is not None
        ],
    )
