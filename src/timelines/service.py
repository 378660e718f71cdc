"""Reading timelines. These are the hot reads: each takes the database and runs compiled statements by itself."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, bindparam, select

from src.auth import callers as auth_callers
from src.database import Database, HotRead
from src.pagination import Cursor, Paging, Slice
from src.timelines import candidates, models, reads, rendering
from src.timelines.constants import FOLLOWEES_LATERAL
from src.timelines.reads import Row, Span
from src.users import models as users_models

_horizon = models.Horizon.entry_id
_HORIZON = HotRead(
    select(
        select(_horizon).where(models.Horizon.account_id == candidates.VIEWER).scalar_subquery(),
        users_models.Profile.following_count,
    ).where(users_models.Profile.account_id == bindparam("viewer", type_=BigInteger))
)


def span_of(paging: Paging) -> Span:
    """What a request asks for in a list with the newest first.

    Raises:
        InvalidCursor: the cursor belongs to a list with another kind of key.
    """
    position = paging.number()
    if position is None:
        return Span()
    return Span(above=position, upwards=True) if paging.back else Span(below=position)


async def home(database: Database, *, caller: auth_callers.Caller, paging: Paging) -> Slice[Row]:
    """The caller's home: own and followees' posts and their reposts, the newest first.

    It is read from the entries that were written when the posts were, and below their horizon from the posts
    themselves; where one ends and the other begins cannot be told from outside.
    """
    span, limit, viewer = span_of(paging), paging.limit + 1, caller.account_id
    if span.upwards:
        rows = await _home_upwards(database, span, limit, viewer)
    else:
        rows = await reads.rows(database, candidates.home_entries, span, limit, viewer=viewer)
        if len(rows) < limit:
            rows = await _home_below(database, rows, span, limit, viewer)
    return paging.cut(rows, [row.entry_id for row in rows])


async def _home_below(database: Database, kept: Sequence[Row], span: Span, limit: int, viewer: int) -> Sequence[Row]:
    """Goes on below the horizon, if there is one."""
    horizon, stretch = await _horizon_of(database, viewer)
    if not horizon:
        return kept
    above_it = [row for row in kept if row.entry_id > horizon]
    deeper = Span(below=min(span.below, horizon + 1))
    rest = await reads.rows(database, stretch, deeper, limit - len(above_it), viewer=viewer)
    return [*above_it, *rest]


async def _home_upwards(database: Database, span: Span, limit: int, viewer: int) -> Sequence[Row]:
    horizon, stretch = await _horizon_of(database, viewer)
    found: list[Row] = []
    if span.above < horizon:
        below_it = Span(above=span.above, below=horizon + 1, upwards=True)
        found += await reads.rows(database, stretch, below_it, limit, viewer=viewer)
    if len(found) < limit:
        kept = Span(above=max(span.above, horizon), upwards=True)
        found += await reads.rows(database, candidates.home_entries, kept, limit - len(found), viewer=viewer)
    return found


async def _horizon_of(database: Database, viewer: int) -> tuple[int, candidates.Stretch]:
    """Down to where the viewer's entries are complete, and how to read what lies below."""
    found = await _HORIZON.fetch(database, viewer=viewer)
    if not found:
        return 0, candidates.home_sources_of_few
    horizon, following = found[0]
    few = following <= FOLLOWEES_LATERAL
    return horizon or 0, candidates.home_sources_of_few if few else candidates.home_sources_of_many


async def timeline(
    database: Database,
    stretch: candidates.Stretch,
    *,
    caller: auth_callers.Caller,
    paging: Paging,
    subject: int = 0,
    hashtag: str = "",
) -> Slice[Row]:
    """Any other timeline that is ordered by time, the newest first."""
    rows = await reads.rows(
        database,
        stretch,
        span_of(paging),
        paging.limit + 1,
        viewer=caller.account_id,
        subject=subject,
        hashtag=hashtag,
    )
    return paging.cut(rows, [row.entry_id for row in rows])


async def render(database: Database, memory: rendering.Rendered, found: Slice[Row], *, viewer: int) -> bytes:
    """The page as JSON."""
    items = [item for _, item in await rendering.items(database, memory, found.rows, viewer=viewer)]
    return rendering.page(items, following=_text(found.next), preceding=_text(found.prev))


def _text(cursor: Cursor | None) -> str | None:
    return None if cursor is None else cursor.encode()
