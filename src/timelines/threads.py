"""Conversations: what a post answers, up to the first one, and what answers it, in one bounded statement."""

from collections.abc import Iterable
from itertools import accumulate
from typing import Any

import asyncpg
import orjson
from sqlalchemy import CTE, ColumnElement, Integer, Select, func, literal_column, select, union_all
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import aliased

from src import clock
from src.auth import callers as auth_callers
from src.database import Database, HotRead
from src.posts import exceptions as posts_exceptions
from src.posts import models as posts_models
from src.posts import queries as posts_queries
from src.timelines import candidates, reads, rendering
from src.timelines.constants import THREAD_BYTES, THREAD_OF_MEMBERS, THREAD_OF_STRANGERS, ThreadBounds
from src.timelines.reads import Row
from src.users import visibility

Post = posts_models.Post


def _literal(number: int) -> ColumnElement[int]:
    """For the planner, which has to know how many rows are wanted."""
    return literal_column(str(number), Integer)


def _upwards(bounds: ThreadBounds) -> CTE:
    """The ancestors: `id` and `place`, -1 for the nearest; one more than is shown."""
    subject, parent = aliased(Post), aliased(Post)
    up = (
        select(subject.reply_to_id.label("id"), _literal(-1).label("place"))
        .where(subject.id == candidates.SUBJECT, subject.reply_to_id.is_not(None))
        .cte("up", recursive=True)
    )
    return up.union_all(
        select(parent.reply_to_id, up.c.place - _literal(1))
        .join(up, parent.id == up.c.id)
        .where(parent.reply_to_id.is_not(None), up.c.place >= _literal(-bounds.ancestors))
    )


def _downwards(bounds: ThreadBounds) -> CTE:
    """The descendants with their paths, one more and one level more than is shown.

    Level by level and the old before the new, so that nothing is there without what it answers. PostgreSQL makes no
    more rows of a recursion than are taken out of it: a post with any number of answers costs no more than this.
    The orders add nothing, so that the planner does not walk all posts by their ids, looking for the first answers.
    """
    child, grandchild = aliased(Post), aliased(Post)
    most = _literal(bounds.descendants + 1)
    first = select(child.id).where(child.reply_to_id == candidates.SUBJECT)
    children = first.order_by(child.id + _literal(0)).limit(most).subquery()
    down = select(children.c.id, array([children.c.id]).label("path")).cte("down", recursive=True)
    answers = (
        select(grandchild.id)
        .where(grandchild.reply_to_id == down.c.id)
        .order_by(grandchild.id + _literal(0))
        .limit(most)
        .lateral("answers")
    )
    down = down.union_all(
        select(answers.c.id, func.array_append(down.c.path, answers.c.id))
        .select_from(down.join(answers, literal_column("true")))
        .where(func.cardinality(down.c.path) <= _literal(bounds.depth))
    )
    # Taken as they come: an order would need all of them first.
    return select(down).limit(most).cte("taken")


def _statement(bounds: ThreadBounds) -> Select[*tuple[Any, ...]]:
    """What the reader may see of the conversation around the subject with its size, and whether each half was cut.

    `entry_id` is negative for ancestors (the nearest: -1), 0 for the post itself, and from 1 on for descendants: depth
    first, old before new. A hidden post in between does not hide what answers it.
    """
    up, taken = _upwards(bounds), _downwards(bounds)
    depth = func.cardinality(taken.c.path)
    first = select(taken).where(depth <= _literal(bounds.depth)).limit(_literal(bounds.descendants)).subquery()
    places = union_all(
        select(up.c.id, up.c.place).where(up.c.place >= _literal(-bounds.ancestors)),
        select(candidates.SUBJECT.label("id"), _literal(0).label("place")),
        select(first.c.id, func.row_number().over(order_by=first.c.path).label("place")),
    ).subquery()
    # One look for each of them: a plain join the planner may turn round and ask of every post whether it may be seen.
    seen = (
        select(Post.id, Post.author_id)
        .where(Post.id == places.c.id, posts_queries.visible_to(candidates.VIEWER))
        .where((places.c.place <= _literal(0)) | ~visibility.muted(candidates.VIEWER, Post.author_id, candidates.NOW))
        .limit(_literal(1))
        .lateral("seen")
    )
    chosen = (
        select(places.c.place.label("entry_id"), seen.c.id.label("post_id"), seen.c.author_id.label("source_id"))
        .select_from(places.join(seen, literal_column("true")))
        .subquery()
    )
    more_up = select(func.min(up.c.place) < _literal(-bounds.ancestors)).scalar_subquery()
    more_down = select((func.count() > _literal(bounds.descendants)) | (func.max(depth) > _literal(bounds.depth)))
    return reads.decorated(
        chosen,
        more_up.label("more_up"),
        more_down.select_from(taken).scalar_subquery().label("more_down"),
        # Known without reading a long text.
        func.octet_length(Post.text).label("size"),
    ).order_by(chosen.c.entry_id)


_OF_MEMBERS, _OF_STRANGERS = (HotRead(_statement(bounds)) for bounds in (THREAD_OF_MEMBERS, THREAD_OF_STRANGERS))


async def rendered_thread(
    database: Database, memory: rendering.Rendered, *, caller: auth_callers.Caller, post_id: int
) -> bytes:
    """The JSON of the `Thread` around a post, with what the caller may see; what muted people answered is left out.

    Raises:
        PostNotFound: the post does not exist for this caller.
    """
    statement = _OF_STRANGERS if caller.is_stranger else _OF_MEMBERS
    found = await statement.fetch(database, viewer=caller.account_id, subject=post_id, now=clock.now())
    up = _fitting(record for record in reversed(found) if record["entry_id"] < 0)
    down = _fitting(record for record in found if record["entry_id"] > 0)
    shown = [*reversed(up), *(record for record in found if record["entry_id"] == 0), *down]
    rows = [Row(*tuple(record)[: len(Row._fields)]) for record in shown]
    items = dict(await rendering.items(database, memory, rows, viewer=caller.account_id))
    if 0 not in items:
        raise posts_exceptions.PostNotFound
    return b'{"ancestors":[%b],"item":%b,"descendants":[%b],"more_ancestors":%b,"more_descendants":%b}' % (
        b",".join(item for place, item in items.items() if place < 0),
        items[0],
        b",".join(item for place, item in items.items() if place > 0),
        orjson.dumps(bool(found[0]["more_up"]) or shown[0] is not found[0]),
        orjson.dumps(bool(found[0]["more_down"]) or shown[-1] is not found[-1]),
    )


def _fitting(records: Iterable[asyncpg.Record]) -> list[asyncpg.Record]:
    """As many of these, the nearest first, as one half of an answer has room for."""
    ordered = list(records)
    sizes = accumulate(record["size"] for record in ordered)
    return [record for record, size in zip(ordered, sizes, strict=True) if size <= THREAD_BYTES // 2]
