"""How a post is written out for its readers."""

from src.media import utils as media_utils
from src.models import instant_of
from src.posts import queries, schemas
from src.posts.constants import Visibility, VisibilityName
from src.previews import utils as previews_utils
from src.users import utils as users_utils


def post_read(sight: queries.Sight) -> schemas.PostRead:
    """The answer for a post."""
    post = sight.post
    return schemas.PostRead(
        id=post.id,
        author=users_utils.author(sight.profile, sight.username),
        text=post.text,
        content_warning=post.content_warning,
        language=post.language,
        visibility=VisibilityName[Visibility(post.visibility).name],
        group_id=post.group_id,
        reply_to_id=post.reply_to_id,
        thread_id=post.thread_id or post.id,
        quote_of_id=post.quote_of_id,
        mentions=[schemas.MentionRead(id=id_, username=name) for id_, name in sight.mentions],
        hashtags=list(sight.hashtags),
        card=previews_utils.card_read(sight.card),
        media=[media_utils.media_read(item) for item in sight.media],
        poll=sight.poll,
        created_at=instant_of(post.id),
        edited_at=post.edited_at,
        version=post.version,
        likes_count=post.likes_count,
        reposts_count=post.reposts_count,
        replies_count=post.replies_count,
        quotes_count=post.quotes_count,
    )
