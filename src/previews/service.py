"""Asking for the card of a link, and keeping what was found."""

from datetime import datetime
from typing import TypedDict

from pydantic import BaseModel
from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert

from src import clock
from src.config import of
from src.database import ReadSession, WriteSession
from src.events import event as events
from src.models import Base
from src.previews import config, constants, models, utils
from src.previews import events as previews_events
from src.previews.constants import State
from src.tasks import service as tasks_service

Card = models.LinkCard


class Shown(TypedDict):
    """The columns of a card that readers see."""

    title: str | None
    description: str | None
    site_name: str | None
    image_url: str | None


NOTHING: Shown = {"title": None, "description": None, "site_name": None, "image_url": None}


class Fetch(BaseModel):
    """What the task of fetching gets."""

    card_id: int


async def want(session: WriteSession, url: str) -> int | None:
    """The id of the card of a link; what is not known, or no longer fresh, is fetched once this is committed.

    However many ask at the same time, one fetch is queued.

    Returns:
        None for what is no URL, and where cards are switched off.
    """
    normalised = utils.normalised(url) if of(config.PreviewsSettings).link_cards else None
    if normalised is None:
        return None
    now = clock.now()
    row = insert(Card).values(
        digest=utils.digest(normalised),
        url=normalised,
        state=State.ASKED,
        asked_at=now,
        stale_at=now + constants.TRY_AGAIN_AFTER,
    )
    asked = row.on_conflict_do_update(
        index_elements=[Card.digest],
        set_={"asked_at": row.excluded.asked_at, "stale_at": row.excluded.stale_at},
        where=Card.stale_at <= now,
    )
    card_id: int | None = await session.scalar(asked.returning(Card.id))
    if card_id is None:
        known: int | None = await session.scalar(select(Card.id).where(Card.digest == utils.digest(normalised)))
        return known
    key = f"{card_id}.{now.isoformat()}"
    await tasks_service.enqueue(
        session, kind=constants.FETCH_KIND, payload=Fetch(card_id=card_id), owner_id=None, key=key
    )
    return card_id


async def url_of(session: ReadSession, card_id: int) -> str | None:
    """Where the card's link leads; None when the card is gone."""
    return await session.scalar(select(Card.url).where(Card.id == card_id))


async def keep(session: WriteSession, card_id: int, shown: Shown) -> None:
    """Stores what was found, `NOTHING` if that is nothing, and tells whoever shows it if that is new."""
    card = await session.get(Card, card_id, with_for_update=True, populate_existing=True)
    if card is None:
        return
    card.stale_at = clock.now() + constants.FRESH_FOR
    before = {name: getattr(card, name) for name in shown}
    card.state = State.READY if shown["title"] is not None else State.EMPTY
    for name, value in shown.items():
        setattr(card, name, value)
    if before != shown:
        events.publish(session, previews_events.CardChanged(actor_id=0, card_id=card_id))
    await session.flush()


async def put_off(session: WriteSession, card_id: int) -> None:
    """Nobody could tell: what is known stays, and whoever shares the link after a while asks again."""
    later = clock.now() + constants.TRY_AGAIN_AFTER
    await session.execute(update(Card).where(Card.id == card_id).values(stale_at=later))


async def forget(session: WriteSession, *, asked_before: datetime) -> int:
    """Deletes some cards that nothing in the house refers to any more: a link lives no longer than what shares it.

    Returns:
        How many, `FORGET_BATCH` if there may be more.
    """
    unused = (
        select(Card.id)
        .where(Card.asked_at < asked_before, *(~_used_by(column) for column in _references()))
        .limit(constants.FORGET_BATCH)
    )
    gone = delete(Card).where(Card.id.in_(unused)).returning(Card.id)
    return len((await session.scalars(gone.execution_options(synchronize_session=False))).all())


def _used_by(column: ColumnElement[int]) -> ColumnElement[bool]:
    return exists().where(column == Card.id).correlate(Card)


def _references() -> list[ColumnElement[int]]:
    """Every column of any package that refers to a card; each has an index."""
    target = Card.__table__.c.id
    return [key.parent for table in Base.metadata.sorted_tables for key in table.foreign_keys if key.column is target]
