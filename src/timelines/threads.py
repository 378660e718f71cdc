"""Conversations: what a post answers, up to the first one, and what answers it, in one statement."""

from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, func, literal_column, select, union_all
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import aliased

from src import clock
from src.auth import callers as auth_callers
from src.database import Database, HotRead
from src.posts import exceptions as posts_exceptions
from src.posts import models as posts_models
from src.posts import queries as posts_queries
from src.timelines import candidates, reads, rendering
from src.timelines.constants import MAX_ANCESTORS, MAX_DEPTH, MAX_DESCENDANTS
from src.timelines.reads import Row
from src.users import visibility

Post = posts_models.Post


def _statement() -> Select[*tuple[Any, ...]]:
    """What the reader may see of the conversation around the subject.

    `entry_id` is negative for ancestors (the nearest: -1), 0 for the post itself, and from 1 on for descendants: depth
    first, old before new. A hidden post in between does not hide what answers it.
    """
    subject, parent, child, grandchild = aliased(Post), aliased(Post), aliased(Post), aliased(Post)
    up = (
        select(subject.reply_to_id.label("id"), literal_column("-1", Integer).label("place"))
        .where(subject.id == candidates.SUBJECT, subject.reply_to_id.is_not(None))
        .cte("up", recursive=True)
    )
    up = up.union_all(
        select(parent.reply_to_id, up.c.place - literal_column("1", Integer))
        .join(up, parent.id == up.c.id)
        .where(parent.reply_to_id.is_not(None), up.c.place > literal_column(str(-MAX_ANCESTORS)))
    )
    most: ColumnElement[int] = literal_column(str(MAX_DESCENDANTS), Integer)
    children = select(child.id).where(child.reply_to_id == candidates.SUBJECT).order_by(child.id).limit(most).subquery()
    down = select(children.c.id, array([children.c.id]).label("path")).cte("down", recursive=True)
    answers = (
        select(grandchild.id)
        .where(grandchild.reply_to_id == down.c.id)
        .order_by(grandchild.id)
        .limit(most)
        .lateral("answers")
    )
    deeper = func.cardinality(down.c.path) < literal_column(str(MAX_DEPTH))
    down = down.union_all(
        select(answers.c.id, func.array_append(down.c.path, answers.c.id))
        .select_from(down.join(answers, literal_column("true")))
        .where(deeper)
    )
    numbered = (
        select(down.c.id, func.row_number().over(order_by=down.c.path).label("place"))
        .order_by(down.c.path)
        .limit(literal_column(str(MAX_DESCENDANTS)))
        .subquery()
    )
    places = union_all(
        select(up.c.id, up.c.place),
        select(candidates.SUBJECT.label("id"), literal_column("0", Integer).label("place")),
        select(numbered.c.id, numbered.c.place),
    ).subquery()
    chosen = (
        select(places.c.place.label("entry_id"), Post.id.label("post_id"), Post.author_id.label("source_id"))
        .join(Post, Post.id == places.c.id)
        .where(posts_queries.visible_to(candidates.VIEWER))
        .where(
            (places.c.place <= literal_column("0"))
            | ~visibility.muted(candidates.VIEWER, Post.author_id, candidates.NOW)
        )
        .subquery()
    )
    return reads.decorated(chosen).order_by(chosen.c.entry_id)


_THREAD = HotRead(_statement())


async def rendered_thread(
    database: Database, memory: rendering.Rendered, *, caller: auth_callers.Caller, post_id: int
) -> bytes:
    """The JSON of the `Thread` around a post, with what the caller may see; what muted people answered is left out.

    Raises:
        PostNotFound: the post does not exist for this caller.
    """
    found = await _THREAD.fetch(database, viewer=caller.account_id, subject=post_id, now=clock.now())
    rows = [Row(*record) for record in found]
    items = dict(await rendering.items(database, memory, rows))
    if 0 not in items:
        raise posts_exceptions.PostNotFound
    return b'{"ancestors":[%b],"item":%b,"descendants":[%b]}' % (
        b",".join(item for place, item in items.items() if place < 0),
        items[0],
        b",".join(item for place, item in items.items() if place > 0),
    )
