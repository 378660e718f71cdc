"""The statements that all reads of posts are made of: who may see one, and what is read with it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Row,
    Select,
    and_,
    bindparam,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import InstrumentedAttribute, aliased

from src import markup
from src.auth import models as auth_models
from src.database import HotWrite, ReadSession
from src.groups import membership
from src.media import formats as media_formats
from src.media import models as media_models
from src.media import queries as media_queries
from src.models import id_at, there_is
from src.polls import schemas as polls_schemas
from src.posts import models
from src.posts.constants import MAX_EXCERPT, MEDIA_KIND, Visibility
from src.previews import models as previews_models
from src.search import documents as search_documents
from src.users import models as users_models
from src.users import visibility

Post = models.Post
ViewerId = visibility.AccountId
_GROUP: ColumnElement[int] = literal_column(str(int(Visibility.GROUP)))
PostId = ColumnElement[int] | InstrumentedAttribute[int] | InstrumentedAttribute[int | None]


def visible_to(viewer_id: ViewerId, post: type[models.Post] = Post) -> ColumnElement[bool]:
    """Whether the viewer (0: a stranger) may see a post. The one filter of get, list, edit, delete and search.

    `post` is the alias that the statement has for posts, if it has one.
    """
    mention = aliased(models.PostMention)
    mentioned = there_is(mention, mention.post_id == post.id, mention.account_id == viewer_id)
    # To be named lets nobody into a group.
    named = and_(post.visibility != _GROUP, mentioned)
    return _seen(viewer_id, post, *_published_for(viewer_id, post), named)


def visible_without_mention(viewer_id: ViewerId) -> ColumnElement[bool]:
    """Whether the viewer could see the post if it named nobody: so also what it was before it came to name them."""
    return _seen(viewer_id, Post, *_published_for(viewer_id, Post))


def _seen(viewer_id: ViewerId, post: type[models.Post], *reasons: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the viewer wrote the post, or has one of these reasons and no block or suspension against it."""
    unhindered = visibility.account_visible_to(viewer_id, post.author_id)
    return or_(post.author_id == viewer_id, and_(unhindered, or_(*reasons)))


def _published_for(viewer_id: ViewerId, post: type[models.Post]) -> tuple[ColumnElement[bool], ...]:
    """The ways in which a post is for the viewer, among others."""
    public: ColumnElement[int] = literal_column(str(int(Visibility.PUBLIC)))
    followers: ColumnElement[int] = literal_column(str(int(Visibility.FOLLOWERS)))
    return (
        and_(post.visibility == public, visibility.open_to(viewer_id, post.author_id)),
        and_(post.visibility == followers, visibility.follows(viewer_id, post.author_id)),
        and_(post.visibility == _GROUP, membership.is_member(post.group_id, viewer_id)),
    )


@dataclass(frozen=True)
class Sight:
    """A post with what is shown beside it."""

    post: models.Post
    username: str
    profile: users_models.Profile
    # Pairs of id and username, ordered by name.
    mentions: Sequence[tuple[int, str]]
    hashtags: Sequence[str]
    # As far as it is known; there may be nothing to show.
    card: previews_models.LinkCard | None
    # In their order.
    media: Sequence[media_models.MediaItem] = ()
    # As one reader sees it, where it was asked for.
    poll: polls_schemas.PollRead | None = None


def post_visible_to(viewer_id: ViewerId, post_id: PostId) -> ColumnElement[bool]:
    """The same for a statement that knows a post only by its id; false for one that is gone."""
    return there_is(Post, Post.id == post_id, visible_to(viewer_id))


def mentions() -> ColumnElement[Any]:
    """Pairs of id and username of whom the statement's post names, as JSON."""
    named = auth_models.Account.__table__.alias("named")
    pair = func.jsonb_build_array(named.c.id, named.c.username)
    return (
        select(func.coalesce(func.jsonb_agg(pair, type_=JSONB), literal_column("'[]'::jsonb")))
        .select_from(models.PostMention)
        .join(named, named.c.id == models.PostMention.account_id)
        .where(models.PostMention.post_id == Post.id)
        .correlate(Post)
        .scalar_subquery()
    )


def hashtags() -> ColumnElement[Any]:
    """The hashtags of the statement's post, as JSON."""
    tags = func.jsonb_agg(models.PostHashtag.hashtag, type_=JSONB)
    return (
        select(func.coalesce(tags, literal_column("'[]'::jsonb")))
        .where(models.PostHashtag.post_id == Post.id)
        .correlate(Post)
        .scalar_subquery()
    )


def sights() -> Select[*tuple[Any, ...]]:
    """Posts with author, mentions, hashtags, card and media, in one statement; rows are for `sight_of`."""
    return (
        select(
            Post,
            auth_models.Account.username,
            users_models.Profile,
            mentions().label("mentions"),
            hashtags().label("hashtags"),
            previews_models.LinkCard,
            media_queries.hanging_on(MEDIA_KIND, Post.id).label("media"),
        )
        .join(auth_models.Account, auth_models.Account.id == Post.author_id)
        .join(users_models.Profile, users_models.Profile.account_id == Post.author_id)
        .outerjoin(previews_models.LinkCard, previews_models.LinkCard.id == Post.card_id)
    )


def has_media(*kinds: media_formats.Kind, post: type[models.Post] = Post) -> ColumnElement[bool]:
    """Whether the post of the statement around it has media, or any of these kinds: a filter for lists and search."""
    return media_queries.is_on(MEDIA_KIND, post.id, kinds=kinds or None)


async def is_visible(session: ReadSession, viewer_id: int, post_id: int) -> bool:
    """Whether the viewer may see the post, and so its media."""
    statement = select(post_visible_to(viewer_id, literal(post_id, BigInteger)))
    return bool((await session.execute(statement)).scalar_one())


async def excerpts(session: ReadSession, post_ids: Collection[int]) -> dict[int, str]:
    """The beginnings of posts, each in one line; of a post with a warning, the warning."""
    shown = func.coalesce(Post.content_warning, func.left(Post.text, 4 * MAX_EXCERPT))
    rows = await session.execute(select(Post.id, shown).where(Post.id.in_(post_ids)))
    return {id_: markup.excerpt(text, MAX_EXCERPT) for id_, text in rows}


# Built once: putting a statement together costs more than running it.
SIGHT = sights().where(Post.id == bindparam("post_id", type_=BigInteger)).execution_options(populate_existing=True)
VISIBLE_SIGHT = SIGHT.where(visible_to(bindparam("viewer", type_=BigInteger)))


_AUTHOR = (
    users_models.Profile.display_name,
    users_models.Profile.private,
    users_models.Profile.is_bot,
    users_models.Profile.picture,
    users_models.Profile.header,
)


def _publication() -> Select[*tuple[Any, ...]]:
    """Writes a post with an id of the instant `now`; gives the id, its language and what is shown of the author.

    Without a language the post is in the one that the author's profile names.

    Whoever begins to follow the author locks this profile, too. So either they are among the followers when the homes
    are written at the end of the transaction, or they find the post among the author's earlier ones.
    """
    columns = Post.__table__.columns
    author = (
        select(*_AUTHOR, users_models.Profile.locale, auth_models.Account.username)
        .join(auth_models.Account, auth_models.Account.id == users_models.Profile.account_id)
        .where(users_models.Profile.account_id == bindparam("author_id", type_=BigInteger))
        .with_for_update(read=True, of=users_models.Profile)
        .cte("author")
    )
    given = {name: bindparam(name, type_=columns[name].type) for name in _WRITTEN}
    language = func.coalesce(given["language"], author.c.locale)
    row: dict[str, ColumnElement[Any]] = {
        "id": id_at(bindparam("now", type_=DateTime(timezone=True))),
        **given,
        "language": language,
        "document": search_documents.document_of(language, given["content_warning"], given["text"]),
        **{name: literal_column(str(value)) for name, value in FRESH.items()},
    }
    written = insert(Post).from_select([*row], select(*row.values()).select_from(author))
    added = written.returning(Post.id, Post.language).cte("written")
    told = (author.c[column.key] for column in (*_AUTHOR, auth_models.Account.username))
    return select(added.c.id, added.c.language, *told)


# What an author decides about a post, and what each post begins with.
_WRITTEN = (
    "author_id",
    "text",
    "content_warning",
    "language",
    "visibility",
    "group_id",
    "reply_to_id",
    "reply_to_author_id",
    "thread_id",
    "quote_of_id",
    "poll_id",
)
FRESH = {
    "version": 1,
    "revision": 0,
    "likes_count": 0,
    "reposts_count": 0,
    "replies_count": 0,
    "quotes_count": 0,
}
PUBLICATION = HotWrite(_publication())


def sight_of(row: Row[*tuple[Any, ...]]) -> Sight:
    """A row of `sights()`."""
    post, username, profile, mentions, hashtags, card, media = row[:7]
    pairs = sorted(((int(id_), name) for id_, name in mentions), key=lambda pair: pair[1])
    return Sight(post, username, profile, pairs, sorted(hashtags), card, media_queries.items_of(media))
