"""What statements of other packages ask about media: what hangs on a thing, and whether anything does."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, func, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.orm import InstrumentedAttribute, aliased

from src.media import models
from src.media.formats import Kind
from src.models import there_is

MediaItem = models.MediaItem
ThingId = ColumnElement[int] | InstrumentedAttribute[int]

# What an item's answer is made of.
_SHOWN = (
    "id",
    "state",
    "kind",
    "error",
    "alt_text",
    "focus_x",
    "focus_y",
    "blurhash",
    "width",
    "height",
    "duration",
    "content_type",
    "bytes",
)


def hanging_on(kind: str, thing_id: ThingId) -> ColumnElement[Any]:
    """What hangs on the thing of the statement around it, in its order, as one value for `items_of`; never NULL.

    Args:
        kind: the `Attachment` that the thing is; a word of the code, never of a request.
        thing_id: the column of its id.
    """
    item = aliased(MediaItem)
    pairs: list[ColumnElement[Any] | InstrumentedAttribute[Any]] = []
    for name in _SHOWN:
        pairs += [literal_column(f"'{name}'"), getattr(item, name)]
    shown = func.jsonb_agg(aggregate_order_by(func.jsonb_build_object(*pairs), item.place), type_=JSONB)
    return (
        select(func.coalesce(shown, literal_column("'[]'::jsonb")))
        .where(_on(item, kind, thing_id))
        .correlate_except(item)
        .scalar_subquery()
    )


def items_of(value: Iterable[Mapping[str, Any]]) -> list[models.MediaItem]:
    """The items of a value of `hanging_on`, for showing them: they know no more than that and are in no session."""
    return [MediaItem(**shown) for shown in value]


def is_on(kind: str, thing_id: ThingId, *, kinds: Collection[Kind] | None = None) -> ColumnElement[bool]:
    """Whether any item hangs on the thing, or any of these kinds; by an index, for filters."""
    item = aliased(MediaItem)
    conditions = [_on(item, kind, thing_id)]
    if kinds is not None:
        conditions.append(item.kind.in_([literal_column(f"'{one}'") for one in sorted(kinds)]))
    return there_is(item, *conditions, many=True)


def _on(item: type[models.MediaItem], kind: str, thing_id: ThingId) -> ColumnElement[bool]:
    return (item.attached_kind == literal_column(f"'{kind}'")) & (item.attached_id == thing_id)
