"""What posts do when something happens: the first link of a text gets its card."""

from sqlalchemy import select, update

from src import markup
from src.database import WriteSession
from src.posts import events as posts_events
from src.posts import models
from src.previews import events as previews_events
from src.previews import service as previews_service

Post = models.Post


async def look_up_link(session: WriteSession, event: posts_events.LinkShared) -> None:
    """After: the post refers to the card of its first link, which is fetched unless it is known."""
    found = (await session.execute(select(Post.text, Post.card_id).where(Post.id == event.post_id))).one_or_none()
    if found is None:
        return
    links = markup.parse(found.text).links
    card_id = await previews_service.want(session, links[0]) if links else None
    if card_id != found.card_id:
        await session.execute(
            update(Post)
            .where(Post.id == event.post_id, Post.text == found.text)
            .values(card_id=card_id, revision=Post.revision + 1)
            .execution_options(synchronize_session=False)
        )


async def show_card(session: WriteSession, event: previews_events.CardChanged) -> None:
    """After: who remembers the posts that show the card has to read them again."""
    await session.execute(
        update(Post)
        .where(Post.card_id == event.card_id)
        .values(revision=Post.revision + 1)
        .execution_options(synchronize_session=False)
    )
