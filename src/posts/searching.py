"""The source of hashtags for search."""

from fastapi import Response

from src.models import instant_of
from src.posts import schemas, service_hashtags
from src.search import sources


async def hashtags(asked: sources.Asked) -> Response:
    """Hashtags by their beginning, on one page."""
    async with asked.database.read() as session:
        found = await service_hashtags.find(
            session, viewer_id=asked.caller.account_id, prefix=asked.query.text, limit=asked.paging.limit
        )
    items = [schemas.HashtagRead(name=row.hashtag, last_used_at=instant_of(row.post_id)) for row in found]
    return asked.page(items, asked.paging.cut([], []))
