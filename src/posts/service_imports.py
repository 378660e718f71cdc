"""Posts that were written before or elsewhere: many at once, with their own dates, and without a word to anybody.

Nothing is announced. Who keeps something that follows from posts, such as homes, is told by whoever brings them here.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ARRAY, BigInteger, DateTime, column, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from src import markup
from src.database import WriteSession
from src.models import SEQUENCE_BITS, Base
from src.posts import constants, counters, models
from src.posts.constants import Visibility
from src.users import models as users_models
from src.users import queries as users_queries

Post = models.Post
_INSTANT = DateTime(timezone=True)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class OldPost:
    """A post whose id tells its date (`mint`).

    Attributes:
        text: as `markup.clean` gives it; it may be longer than what people may write here.
        reply_to_id: the post that it answers, if that is here or stands before it in the same list.
        reply_to_author_id: whose post it answers, also where that post is not here.
        quote_of_id: the post that it quotes, as with `reply_to_id`.
        version: how often it has been edited, and one.
        hashtags: names of hashtags besides those in the text.
        mentioned_ids: the accounts that it names; the text is not searched for names.
    """

    id: int
    author_id: int
    text: str
    visibility: Visibility
    content_warning: str | None = None
    language: str | None = None
    reply_to_id: int | None = None
    reply_to_author_id: int | None = None
    quote_of_id: int | None = None
    version: int = 1
    edited_at: datetime | None = None
    hashtags: Collection[str] = ()
    mentioned_ids: Collection[int] = ()


async def mint(session: WriteSession, instants: Sequence[datetime]) -> list[int]:
    """New ids of posts with these dates, some thousand at once; equal dates get ids in the order of the list.

    The low bits of ids repeat, so a millisecond of long ago may hold the same id already; then it is one of the next.
    """
    dates = list(instants)
    while True:
        drawn = _in_order(await _draw(session, dates))
        taken = set(await session.scalars(select(Post.id).where(users_queries.among(Post.id, drawn))))
        if not taken:
            return drawn
        dates = [date + _MILLISECOND if id_ in taken else date for date, id_ in zip(dates, drawn, strict=True)]


async def add_old(session: WriteSession, posts: Sequence[OldPost]) -> None:
    """Writes the posts, with threads, hashtags, mentions and exact counters, in the order of the list."""
    ids = {post.id for post in posts}
    referred = {id_ for post in posts for id_ in (post.reply_to_id, post.quote_of_id) if id_ is not None}
    threads = await _threads(session, referred - ids)
    rows: list[dict[str, object]] = []
    replies: Counter[int] = Counter()
    quotes: Counter[int] = Counter()
    for post in posts:
        parent_id = post.reply_to_id if post.reply_to_id in threads else None
        thread_id = None
        if parent_id is not None:
            thread_id = threads[parent_id]
            replies[parent_id] += 1
        quoted_id = post.quote_of_id if post.quote_of_id in threads else None
        if quoted_id is not None:
            quotes[quoted_id] += 1
        threads[post.id] = thread_id or post.id
        rows.append(_row(post) | {"reply_to_id": parent_id, "thread_id": thread_id, "quote_of_id": quoted_id})
    if rows:
        # Not by the ORM, which sends rows with other NULLs by statements of their own.
        await session.execute(insert(Base.metadata.tables[Post.__tablename__]), rows)
    await _attach(session, posts)
    await counters.count_each(session, "replies", replies)
    await counters.count_each(session, "quotes", quotes)
    await wait_for_followers(session, {post.author_id for post in posts})


async def _draw(session: WriteSession, dates: Sequence[datetime]) -> list[int]:
    asked = func.unnest(literal(list(dates), ARRAY(_INSTANT)))
    table = asked.table_valued(column("date", _INSTANT), with_ordinality="place", name="asked").render_derived()
    minted = func.hearth_id(table.c.date, type_=BigInteger)
    return list(await session.scalars(select(minted).order_by(table.c.place)))


def _in_order(drawn: Sequence[int]) -> list[int]:
    """The ids exchanged within each millisecond, so that they rise there: the sequence begins anew now and then."""
    places = sorted(range(len(drawn)), key=lambda place: (drawn[place] >> SEQUENCE_BITS, place))
    by_place = dict(zip(places, sorted(drawn), strict=True))
    return [by_place[place] for place in range(len(drawn))]


async def _threads(session: WriteSession, post_ids: Collection[int]) -> dict[int, int]:
    """The first post of the thread of each of these that is still there; none vanishes before the transaction ends."""
    if not post_ids:
        return {}
    statement = select(Post.id, func.coalesce(Post.thread_id, Post.id)).where(users_queries.among(Post.id, post_ids))
    found = await session.execute(statement.order_by(Post.id).with_for_update(key_share=True))
    return {id_: thread_id for id_, thread_id in found}  # noqa: C416  a row is no tuple of two for the checker


async def wait_for_followers(session: WriteSession, author_ids: Collection[int]) -> None:
    """Whoever begins to follow one of the authors at this moment is a follower by the end of this transaction.

    Or waits for it, and finds the posts among the author's earlier ones: as with a new post.
    """
    author = users_models.Profile.account_id
    held = select(author).where(users_queries.among(author, author_ids)).order_by(author).with_for_update(read=True)
    await session.execute(held)


def _row(post: OldPost) -> dict[str, object]:
    return {
        "id": post.id,
        "author_id": post.author_id,
        "text": post.text,
        "visibility": post.visibility,
        "content_warning": post.content_warning,
        "language": post.language,
        "reply_to_author_id": post.reply_to_author_id,
        "version": post.version,
        "edited_at": post.edited_at,
    }


async def _attach(session: WriteSession, posts: Sequence[OldPost]) -> None:
    tags = [{"post_id": post.id, "hashtag": key} for post in posts for key in _hashtags(post)]
    if tags:
        await session.execute(insert(models.PostHashtag), tags)
    mentions = [{"post_id": post.id, "account_id": id_} for post in posts for id_ in dict.fromkeys(post.mentioned_ids)]
    if mentions:
        await session.execute(insert(models.PostMention), mentions)


def _hashtags(post: OldPost) -> list[str]:
    """The keys of the post's hashtags, each once; a name that is none here is left out."""
    keys = [hashtag.key for hashtag in markup.parse(post.text).hashtags]
    for name in post.hashtags:
        keys += [hashtag.key for hashtag in markup.parse(f"#{name}").hashtags if hashtag.name == name]
    return list(dict.fromkeys(keys))[: constants.MAX_HASHTAGS]
