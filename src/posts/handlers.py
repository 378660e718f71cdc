"""What posts do when something happens: replies, quotes and mentions get into inboxes and out; media change them."""

from collections.abc import Collection

from sqlalchemy import select, update
from sqlalchemy.orm import aliased

from src.database import WriteSession
from src.groups import models as groups_models
from src.media import events as media_events
from src.notifications import kinds as notifications_kinds
from src.notifications import service as notifications_service
from src.posts import events, models
from src.posts.constants import MEDIA_KIND, MENTION, NOTIFICATION_KINDS, QUOTE, REPLY, Visibility
from src.users import queries as users_queries

Post = models.Post
Mention = models.PostMention


async def tell(session: WriteSession, event: events.PostPublished) -> None:
    """After: whom a post answers, quotes and names; each once, by what concerns them most."""
    if not (event.reply_to_id or event.quote_of_id or event.mentioned_ids):
        # As most posts: they concern nobody in particular.
        return
    quoted = aliased(Post)
    statement = (
        select(Post.reply_to_author_id, quoted.author_id)
        .outerjoin(quoted, quoted.id == Post.quote_of_id)
        .where(Post.id == event.post_id)
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        return
    answered_id, quoted_id = row
    concerned: dict[int, notifications_kinds.Kind] = dict.fromkeys(await _mentioned(session, event.post_id), MENTION)
    concerned |= {account_id: kind for account_id, kind in ((quoted_id, QUOTE), (answered_id, REPLY)) if account_id}
    if event.visibility == Visibility.GROUP:
        members = await _members(session, event.post_id, concerned)
        concerned = {account_id: kind for account_id, kind in concerned.items() if account_id in members}
    _notify(session, event, concerned)


async def tell_newly_mentioned(session: WriteSession, event: events.PostEdited) -> None:
    """After: whom an edit names; whom it names no more is not told of it any more."""
    mentioned = await _mentioned(session, event.post_id)
    await notifications_service.withdraw_about(session, [MENTION], event.post_id, but_for=mentioned)
    newly = set(mentioned) & set(event.newly_mentioned_ids)
    if event.visibility == Visibility.GROUP:
        newly &= await _members(session, event.post_id, newly)
    _notify(session, event, dict.fromkeys(newly, MENTION))


async def take_back(session: WriteSession, event: events.PostDeleted) -> None:
    """After: nobody is told of a post that is gone."""
    await notifications_service.withdraw_about(session, NOTIFICATION_KINDS, event.post_id)


async def show_media(
    session: WriteSession, event: media_events.MediaReady | media_events.MediaFailed | media_events.MediaChanged
) -> None:
    """After: readers see a post anew whose media are ready, or turned out unusable, or say something else."""
    if event.attached_kind == MEDIA_KIND:
        changed = update(Post).where(Post.id == event.attached_id).values(revision=Post.revision + 1)
        await session.execute(changed.execution_options(synchronize_session=False))


async def _mentioned(session: WriteSession, post_id: int) -> list[int]:
    """Whom the post names now."""
    named = select(Mention.account_id).where(Mention.post_id == post_id).order_by(Mention.account_id)
    return list((await session.scalars(named)).all())


async def _members(session: WriteSession, post_id: int, account_ids: Collection[int]) -> set[int]:
    """Who of these belongs to the group of the post; of others not even the number of what they miss is anybody's."""
    member = groups_models.GroupMember
    statement = (
        select(member.account_id)
        .join(Post, Post.group_id == member.group_id)
        .where(Post.id == post_id, users_queries.among(member.account_id, account_ids))
    )
    return set(await session.scalars(statement))


def _notify(
    session: WriteSession,
    event: events.PostPublished | events.PostEdited,
    concerned: dict[int, notifications_kinds.Kind],
) -> None:
    notices = [
        notifications_service.Notice(
            account_id, kind, f"post:{event.post_id}", actor_id=event.author_id, subject_id=event.post_id
        )
        for account_id, kind in concerned.items()
    ]
    notifications_service.notify(session, notices)
