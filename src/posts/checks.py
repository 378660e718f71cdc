"""Looks of `hearth doctor` at what posts derive: counters must equal a recount."""

from collections.abc import Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from src.database import ReadSession
from src.groups import models as groups_models
from src.posts import models
from src.posts.constants import DOCUMENTS_CHECKED
from src.search import documents as search_documents

_SHOWN = 20


async def counters(session: ReadSession) -> Sequence[str]:
    """Posts whose number of replies or quotes is not the number of posts that reply to them or quote them."""
    other = aliased(models.Post)
    post = models.Post
    replies = select(func.count()).where(other.reply_to_id == post.id).correlate(post).scalar_subquery()
    quotes = select(func.count()).where(other.quote_of_id == post.id).correlate(post).scalar_subquery()
    wrong = (
        select(post.id, post.replies_count, replies, post.quotes_count, quotes)
        .where(or_(post.replies_count != replies, post.quotes_count != quotes))
        .limit(_SHOWN)
    )
    return [
        f"post {id_}: {kept_replies} replies kept, {real_replies} found; {kept_quotes} quotes kept, {real_quotes} found"
        for id_, kept_replies, real_replies, kept_quotes, real_quotes in (await session.execute(wrong)).all()
    ]


async def groups(session: ReadSession) -> Sequence[str]:
    """Posts for a group that nobody belongs to, which keep it from being deleted; events that wait show here too."""
    group, post = groups_models.Group, models.Post
    emptied = select(group.id).where(group.members_count == 0)
    left = select(post.id, post.group_id).where(post.group_id.in_(emptied)).limit(_SHOWN)
    return [f"post {id_}: is for group {group_id}, which is over" for id_, group_id in await session.execute(left)]


async def words(session: ReadSession) -> Sequence[str]:
    """Posts whose words for search are not those of their text, among the newest; those that wait for theirs aside."""
    post = models.Post
    newest = select(post.id).order_by(post.id.desc()).limit(DOCUMENTS_CHECKED)
    wrong = (
        select(post.id)
        .where(
            post.id.in_(newest),
            post.document != search_documents.document_of(post.language, post.content_warning, post.text),
        )
        .order_by(post.id.desc())
        .limit(_SHOWN)
    )
    return [f"post {id_}: is not found by its words" for id_ in await session.scalars(wrong)]
