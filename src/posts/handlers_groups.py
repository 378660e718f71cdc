"""What posts do when a group is over: they are for their authors and whom they name, and nothing refers to it."""

from collections import defaultdict

from sqlalchemy import select, update

from src.database import WriteSession
from src.events import event as house_events
from src.groups import events as groups_events
from src.posts import events, models, service_imports
from src.posts.constants import LET_GO_AT_ONCE, Visibility

Post, Mention = models.Post, models.PostMention


async def let_go(session: WriteSession, event: groups_events.GroupEmptied | events.GroupPostsWaiting) -> None:
    """After, alone: the first posts of the group; the others in transactions of their own.

    Nobody joins a group that is over, and whoever writes to one belongs to it until the post is there: there are no
    more. Whom a post names belonged to its group when it did.
    """
    first = select(Post.id).where(Post.group_id == event.group_id).order_by(Post.id).limit(LET_GO_AT_ONCE)
    readdressed = (
        update(Post)
        .where(Post.id.in_(first.with_for_update(key_share=True)))
        .values(visibility=Visibility.MENTIONED, group_id=None, revision=Post.revision + 1)
        .returning(Post.id, Post.author_id)
        .execution_options(synchronize_session=False)
    )
    authors = {row.id: row.author_id for row in await session.execute(readdressed)}
    await service_imports.wait_for_followers(session, set(authors.values()))
    named: dict[int, list[int]] = defaultdict(list)
    for mention in await session.scalars(select(Mention).where(Mention.post_id.in_(authors))):
        named[mention.post_id].append(mention.account_id)
    for post_id, author_id in sorted(authors.items()):
        told = events.PostReaddressed(
            actor_id=event.actor_id, post_id=post_id, author_id=author_id, mentioned_ids=tuple(sorted(named[post_id]))
        )
        house_events.publish(session, told)
    if len(authors) == LET_GO_AT_ONCE:
        house_events.publish(session, events.GroupPostsWaiting(actor_id=event.actor_id, group_id=event.group_id))
