"""How the counters that stand beside posts are moved: exact under any number of hands, and never below nothing.

A counter that has drifted is found by the recount (`checks`); until then it must not keep anybody from taking back a
like or deleting a post, so a step down ends at zero.
"""

from collections.abc import Mapping

from sqlalchemy import ARRAY, BigInteger, column, func, literal, select, update

from src.database import WriteSession
from src.posts import models
from src.users import queries as users_queries

Post = models.Post


async def count(session: WriteSession, post_id: int, **by: int) -> None:
    """Moves counters of a post (`likes=1`, `reposts=-1`, …); the row's lock keeps them exact."""
    counters = {name: getattr(Post, f"{name}_count") for name in by}
    values = {counters[name]: func.greatest(counters[name] + step, 0) for name, step in by.items()}
    await session.execute(update(Post).where(Post.id == post_id).values(values))


async def count_each(session: WriteSession, counter: str, by: Mapping[int, int]) -> None:
    """Moves one counter of many posts, each by its own number; locked in the order of their ids, as everywhere."""
    if not by:
        return
    locked = select(Post.id).where(users_queries.among(Post.id, by)).order_by(Post.id).with_for_update(key_share=True)
    await session.execute(locked)
    ids, numbers = (literal(list(values), ARRAY(BigInteger)) for values in (by.keys(), by.values()))
    step = func.unnest(ids, numbers).table_valued(column("id", BigInteger), column("number", BigInteger))
    step = step.render_derived(name="step")
    moved = getattr(Post, f"{counter}_count")
    statement = update(Post).where(Post.id == step.c.id).values({moved: func.greatest(moved + step.c.number, 0)})
    await session.execute(statement.execution_options(synchronize_session=False))
