"""What can be done with posts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from dataclasses import replace as with_changes
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, literal, or_, select
from sqlalchemy import delete as delete_rows
from sqlalchemy.dialects.postgresql import insert

from src import clock, markup
from src.auth import audit as auth_audit
from src.auth import callers as auth_callers
from src.auth import exceptions as auth_exceptions
from src.auth import models as auth_models
from src.config import of
from src.database import ReadSession, WriteSession
from src.events import event as events
from src.groups import kinds as groups_kinds
from src.groups import membership as groups_membership
from src.media import models as media_models
from src.media import service_attachments as media_attachments
from src.models import id_at
from src.pagination import Paging, Slice, paginate
from src.polls import rendering as polls_rendering
from src.polls import schemas as polls_schemas
from src.polls import service as polls_service
from src.posts import config, constants, counters, exceptions, models, queries, schemas, service_audience
from src.posts import events as posts_events
from src.posts.constants import Visibility
from src.search import documents as search_documents
from src.users import models as users_models
from src.users import visibility

Post = models.Post


@dataclass(frozen=True)
class _Content:
    """A text that has passed the rules, with what it names."""

    text: str
    usernames: tuple[str, ...]
    hashtags: tuple[str, ...]
    has_link: bool


async def find(session: ReadSession, *, caller: auth_callers.Caller, post_id: int) -> queries.Sight | None:
    """The post with its author, if the caller may see it; a poll is read `with_poll`."""
    values = {"post_id": post_id, "viewer": caller.account_id}
    row = (await session.execute(queries.VISIBLE_SIGHT, values)).one_or_none()
    return None if row is None else queries.sight_of(row)


async def find_any(session: ReadSession, *, post_id: int) -> queries.Sight | None:
    """The post with its author, whoever may see it: for removing it, never for showing it."""
    row = (await session.execute(queries.SIGHT, {"post_id": post_id})).one_or_none()
    return None if row is None else queries.sight_of(row)


async def with_poll(session: ReadSession, *, caller: auth_callers.Caller, sight: queries.Sight) -> queries.Sight:
    """A post that the caller may see with its poll, if it has one, as the caller sees that."""
    poll_id = sight.post.poll_id
    if poll_id is None:
        return sight
    polls = await polls_rendering.of(session, [poll_id], caller.account_id)
    return with_changes(sight, poll=polls.get(poll_id))


async def publish(
    session: WriteSession,
    *,
    caller: auth_callers.Caller,
    data: schemas.PostCreate,
    kinds: groups_kinds.GroupKinds = (),
) -> queries.Sight:
    """Writes a new post, counts it at what it answers and quotes, and announces it.

    Raises:
        PostEmpty, PostTooLong, PostTooLarge, NobodyMentioned: the text is refused.
        ReplyTargetNotFound, QuoteTargetNotFound, QuoteNotPermitted: so is what it refers to.
        GroupAndVisibilityDiffer, ReplyLeavesGroup, GroupNotFound, RoleTooLow: so is whom it is for.
        MediaUnknown, MediaTaken, MediaFailed: so are its media.
        PollWithMedia, PollWordsUnfit: so is its poll.
    """
    if data.poll is not None and data.media_ids:
        raise exceptions.PollWithMedia
    content = _content(data.text, may_be_blank=bool(data.media_ids))
    parent, quoted = await _targets(session, caller, data)
    audience = await service_audience.decide(session, caller=caller, data=data, parent=parent, kinds=kinds)
    mentioned = await _mentionable(session, caller, content.usernames, group_id=audience.group_id)
    if audience.visibility is Visibility.MENTIONED and not mentioned:
        raise exceptions.NobodyMentioned
    columns = {
        "author_id": caller.account_id,
        "text": content.text,
        "content_warning": data.content_warning,
        "language": data.language,
        **audience._asdict(),
        "reply_to_id": parent and parent.id,
        "reply_to_author_id": parent and parent.author_id,
        "thread_id": parent and (parent.thread_id or parent.id),
        "quote_of_id": quoted and quoted.id,
        "poll_id": None if data.poll is None else await _ask(session, caller, data.poll),
    }
    sight = await _write(session, columns, mentioned, content.hashtags)
    post = sight.post
    if post.poll_id is not None:
        await polls_service.attach(session, poll_id=post.poll_id, thing_id=post.id)
        sight = await with_poll(session, caller=caller, sight=sight)
    await _attach(session, post.id, mentioned, content.hashtags)
    if data.media_ids:
        sight = with_changes(sight, media=await _hang(session, post, data.media_ids))
    await _count_references(session, post, by=1)
    events.publish(
        session,
        posts_events.PostPublished(
            actor_id=caller.account_id,
            post_id=post.id,
            author_id=post.author_id,
            visibility=post.visibility,
            reply_to_id=post.reply_to_id,
            quote_of_id=post.quote_of_id,
            mentioned_ids=tuple(mentioned),
        ),
    )
    if content.has_link:
        events.publish(session, posts_events.LinkShared(actor_id=caller.account_id, post_id=post.id))
    return sight


async def edit(
    session: WriteSession, *, caller: auth_callers.Caller, post_id: int, data: schemas.PostUpdate
) -> queries.Sight:
    """Gives a post a new text, warning, language or media; changes nothing if all is equal.

    The earlier version is kept, without its media; a poll stays as it is.

    Raises:
        PostNotFound: it was deleted in this moment.
        PostChanged: the edit was made on another version.
        PostEmpty, PostTooLong, PostTooLarge, NobodyMentioned: the text is refused.
        MediaUnknown, MediaTaken, MediaFailed, PollWithMedia: so are its media.
    """
    post = await session.get(Post, post_id, with_for_update=True, populate_existing=True)
    if post is None:
        raise exceptions.PostNotFound
    if data.version is not None and data.version != post.version:
        raise exceptions.PostChanged
    if data.media_ids and post.poll_id is not None:
        raise exceptions.PollWithMedia
    changes = data.model_dump(exclude_unset=True, exclude={"version", "media_ids"})
    other_media = "media_ids" in data.model_fields_set and await media_attachments.replace(
        session, owner_id=post.author_id, ids=data.media_ids, on_kind=constants.MEDIA_KIND, on_id=post_id
    )
    text = changes.get("text", post.text)
    content = _content(text, may_be_blank=markup.is_blank(text) and await _has_media(session, post_id))
    changes["text"] = content.text
    if not other_media and all(getattr(post, name) == value for name, value in changes.items()):
        return await _sight(session, caller, post_id)
    # Whom a text names is settled when it is written, not when something else of the post is changed.
    rewritten = content.text != post.text
    mentioned = {}
    if rewritten:
        mentioned = await _mentionable(session, caller, content.usernames, post_id=post_id, group_id=post.group_id)
    if rewritten and post.visibility == Visibility.MENTIONED and not mentioned:
        raise exceptions.NobodyMentioned
    await _revise(session, post, changes)
    if rewritten:
        await session.execute(delete_rows(models.PostMention).where(models.PostMention.post_id == post_id))
        await session.execute(delete_rows(models.PostHashtag).where(models.PostHashtag.post_id == post_id))
        await _attach(session, post_id, mentioned, content.hashtags)
        if content.has_link or post.card_id is not None:
            events.publish(session, posts_events.LinkShared(actor_id=caller.account_id, post_id=post_id))
    events.publish(
        session,
        posts_events.PostEdited(
            actor_id=caller.account_id,
            post_id=post_id,
            author_id=post.author_id,
            visibility=post.visibility,
            newly_mentioned_ids=tuple(mentioned),
        ),
    )
    return await _sight(session, caller, post_id)


async def _revise(session: WriteSession, post: models.Post, changes: dict[str, object]) -> None:
    """Changes a locked post, and keeps what it said."""
    now = clock.now()
    session.add(
        models.PostEdit(
            id=id_at(now),
            post_id=post.id,
            version=post.version,
            text=post.text,
            content_warning=post.content_warning,
            replaced_at=now,
        )
    )
    for name, value in changes.items():
        setattr(post, name, value)
    post.document = _document(post)
    post.version += 1
    post.edited_at = now
    await session.flush()


async def delete(session: WriteSession, *, caller: auth_callers.Caller, post_id: int) -> None:
    """Deletes a post with its versions, media and poll; replies to it stay. A second delete finds and does nothing."""
    # The counters of what it refers to are locked with it and in the order of ids, so that no two deletes can deadlock.
    referred = select(Post.reply_to_id, Post.quote_of_id).where(Post.id == post_id)
    targets = [id_ for row in await session.execute(referred) for id_ in row if id_ is not None]
    locked = select(Post.id).where(Post.id.in_([post_id, *targets])).order_by(Post.id).with_for_update()
    await session.execute(locked)
    post = (await session.execute(delete_rows(Post).where(Post.id == post_id).returning(Post))).scalar_one_or_none()
    if post is None:
        return
    await media_attachments.discard(session, kind=constants.MEDIA_KIND, ids=[post_id])
    if post.poll_id is not None:
        await polls_service.discard(session, kind=constants.POLL_KIND, ids=[post_id])
    await _count_references(session, post, by=-1)
    if post.author_id != caller.account_id:
        details = {"author_id": str(post.author_id)}
        auth_audit.note(
            session, caller=caller, action="posts.post_removed", subject="post", subject_id=post_id, details=details
        )
    events.publish(
        session, posts_events.PostDeleted(actor_id=caller.account_id, post_id=post_id, author_id=post.author_id)
    )


async def may_be_carried_on(session: WriteSession, *, caller: auth_callers.Caller, post: models.Post) -> bool:
    """Whether the caller may repost or quote it: what everybody may see, and of private people only they themselves."""
    if post.visibility != Visibility.PUBLIC or post.author_id == caller.account_id:
        return post.visibility == Visibility.PUBLIC
    private = select(users_models.Profile.private).where(users_models.Profile.account_id == post.author_id)
    return not await session.scalar(private)


async def edits(session: ReadSession, *, caller: auth_callers.Caller, post: models.Post, paging: Paging) -> Slice[Any]:
    """Earlier versions of a post, the newest first.

    None for whoever sees the post only because it names them: an earlier version may not have done so.
    """
    statement = (
        select(models.PostEdit)
        .join(Post, Post.id == models.PostEdit.post_id)
        .where(models.PostEdit.post_id == post.id, queries.visible_without_mention(caller.account_id))
    )
    return await paginate(session, statement, key=models.PostEdit.id, paging=paging)


def _document(post: models.Post) -> ColumnElement[str]:
    words = (literal(post.content_warning, Text), literal(post.text))
    return search_documents.document_of(literal(post.language, Text), *words)


async def _hang(session: WriteSession, post: models.Post, ids: Sequence[int]) -> list[media_models.MediaItem]:
    return await media_attachments.attach(
        session, owner_id=post.author_id, ids=ids, to_kind=constants.MEDIA_KIND, to_id=post.id
    )


async def _has_media(session: ReadSession, post_id: int) -> bool:
    return bool(await media_attachments.on(session, kind=constants.MEDIA_KIND, ids=[post_id]))


def _content(text: str, *, may_be_blank: bool) -> _Content:
    """The text as it is stored, with the usernames and hashtags in it.

    Raises:
        PostEmpty, PostTooLong, PostTooLarge: it breaks a rule.
    """
    text = markup.clean(text)
    if markup.is_blank(text):
        if may_be_blank:
            return _Content("", (), (), has_link=False)
        raise exceptions.PostEmpty
    most = of(config.PostsSettings).post_max_length
    if markup.length(text) > most:
        raise exceptions.PostTooLong
    if len(text) > most * constants.CODE_POINTS_PER_CHARACTER:
        raise exceptions.PostTooLarge
    parsed = markup.parse(text)
    hashtags = tuple(hashtag.key for hashtag in parsed.hashtags[: constants.MAX_HASHTAGS])
    return _Content(text, parsed.mentions[: constants.MAX_MENTIONS], hashtags, bool(parsed.links))


async def _targets(
    session: WriteSession, caller: auth_callers.Caller, data: schemas.PostCreate
) -> tuple[models.Post | None, models.Post | None]:
    """What a new post answers and what it quotes; kept from vanishing until the new one is there.

    Locked in the order of their ids, as a delete locks what it touches, so that the two cannot wait for each other.

    Raises:
        ReplyTargetNotFound, QuoteTargetNotFound, QuoteNotPermitted: it cannot be answered or quoted.
    """
    ids = [post_id for post_id in (data.reply_to_id, data.quote_of_id) if post_id is not None]
    if not ids:
        return None, None
    statement = (
        select(Post)
        .where(Post.id.in_(ids), queries.visible_to(caller.account_id))
        .order_by(Post.id)
        .with_for_update(read=True, key_share=True, of=Post)
    )
    found: dict[int | None, models.Post] = {post.id: post for post in await session.scalars(statement)}
    parent, quoted = found.get(data.reply_to_id), found.get(data.quote_of_id)
    if data.reply_to_id is not None and parent is None:
        raise exceptions.ReplyTargetNotFound
    if data.quote_of_id is not None and quoted is None:
        raise exceptions.QuoteTargetNotFound
    if quoted is not None and not await may_be_carried_on(session, caller=caller, post=quoted):
        raise exceptions.QuoteNotPermitted
    return parent, quoted


async def _mentionable(
    session: WriteSession,
    caller: auth_callers.Caller,
    usernames: Collection[str],
    *,
    post_id: int = 0,
    group_id: int | None,
) -> dict[int, str]:
    """The accounts behind these names, by id, without those who have blocked the caller or whom the caller blocked.

    In a post for a group only its members: nobody else is told of it, nor comes to see it when the group is over.
    Whom the post names already stays: an edit must not tell that somebody has blocked its author.
    """
    if not usernames:
        return {}
    account = auth_models.Account
    named = account.id.in_(select(models.PostMention.account_id).where(models.PostMention.post_id == post_id))
    may_be = visibility.account_visible_to(caller.account_id, account.id)
    if group_id is not None:
        may_be = and_(may_be, groups_membership.is_member(group_id, account.id))
    statement = (
        select(account.id, account.username)
        .where(account.username.in_(usernames), or_(may_be, named))
        .order_by(account.id)
    )
    return {row.id: row.username for row in await session.execute(statement)}


async def _write(
    session: WriteSession, columns: dict[str, object], mentioned: dict[int, str], hashtags: Collection[str]
) -> queries.Sight:
    """Inserts a post; gives it as everybody will see it, without reading it again.

    Raises:
        InvalidToken: its author is being erased.
    """
    rows = await queries.PUBLICATION.fetch(session, now=clock.now(), **columns)
    if not rows:
        raise auth_exceptions.InvalidToken
    post_id, language, display_name, private, is_bot, picture, header, username = rows[0]
    return queries.Sight(
        post=Post(id=post_id, **columns | {"language": language}, **queries.FRESH),
        username=username,
        profile=users_models.Profile(
            account_id=columns["author_id"],
            display_name=display_name,
            private=private,
            is_bot=is_bot,
            picture=picture,
            header=header,
        ),
        mentions=sorted(mentioned.items(), key=lambda pair: pair[1]),
        hashtags=sorted(hashtags),
        # It is looked up after this transaction.
        card=None,
    )


async def _attach(session: WriteSession, post_id: int, mentioned: Collection[int], hashtags: Collection[str]) -> None:
    if mentioned:
        rows = [{"post_id": post_id, "account_id": account_id} for account_id in mentioned]
        await session.execute(insert(models.PostMention).values(rows))
    if hashtags:
        rows_of_tags = [{"post_id": post_id, "hashtag": hashtag} for hashtag in hashtags]
        await session.execute(insert(models.PostHashtag).values(rows_of_tags))


async def _count_references(session: WriteSession, post: models.Post, *, by: int) -> None:
    """Counts the post at its parent and its quoted post, in the order of their ids so that no two can deadlock."""
    steps: dict[int, dict[str, int]] = {}
    if post.reply_to_id is not None:
        steps.setdefault(post.reply_to_id, {})["replies"] = by
    if post.quote_of_id is not None:
        steps.setdefault(post.quote_of_id, {})["quotes"] = by
    for post_id in sorted(steps):
        await counters.count(session, post_id, **steps[post_id])


async def _ask(session: WriteSession, caller: auth_callers.Caller, data: polls_schemas.PollCreate) -> int:
    return (await polls_service.create(session, caller=caller, data=data, kind=constants.POLL_KIND)).id


async def _sight(session: ReadSession, caller: auth_callers.Caller, post_id: int) -> queries.Sight:
    sight = queries.sight_of((await session.execute(queries.SIGHT, {"post_id": post_id})).one())
    return await with_poll(session, caller=caller, sight=sight)
