"""Time-driven work of notifications: digests fall due, letters are written, old ones are forgotten."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import and_, delete, exists, or_, select
from sqlalchemy.dialects.postgresql import insert

from src import clock
from src.config import of
from src.database import Database, WriteSession
from src.events import errors
from src.models import first_id_at, id_at
from src.notifications import config, kinds, models, service_deliveries, service_letters, service_preferences
from src.notifications.constants import BATCH, EMPTY_GROUP_KEPT, TIDY_BATCH, Channel
from src.users import models as users_models

logger = logging.getLogger(__name__)

Delivery = models.Delivery
Group = models.Group
Notification = models.Notification
Subscription = models.Subscription


async def plan_digests(database: Database) -> None:
    """Queues a delivery for each digest that is due. After downtime there is one, not one for each that was missed."""
    while True:
        async with database.write() as session:
            planned = await _plan(session)
        if planned < BATCH:
            return


async def send_mail(database: Database) -> None:
    """Writes the letters that are due, each person's in a transaction of its own."""
    catalogue = kinds.catalogue_of(database)
    while True:
        async with database.write() as session:
            await service_deliveries.give_up(session)
            claimed = await service_deliveries.claim(session, Channel.MAIL)
        letters: dict[tuple[int, bool], list[service_deliveries.Claimed]] = defaultdict(list)
        for one in claimed:
            letters[one.account_id, one.digest].append(one)
        for of_letter in letters.values():
            await _send(database, catalogue, of_letter)
        if len(claimed) < BATCH:
            return


async def tidy(database: Database) -> None:
    """Forgets what is too old, and groups that have long been empty."""
    forgotten = TIDY_BATCH
    while forgotten >= TIDY_BATCH:
        async with database.write() as session:
            forgotten = max(await _forget_notifications(session), await service_deliveries.forget(session))
    async with database.write() as session:
        await _forget_groups(session)


async def _plan(session: WriteSession) -> int:
    now = clock.now()
    due = (
        select(Subscription, users_models.Profile.time_zone)
        .join(users_models.Profile, users_models.Profile.account_id == Subscription.account_id)
        .where(Subscription.next_at <= now)
        .order_by(Subscription.next_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True, of=Subscription)
    )
    rows = (await session.execute(due)).all()
    deliveries = [
        {
            "id": id_at(now),
            "account_id": row.Subscription.account_id,
            "channel": row.Subscription.channel,
            "key": f"digest:{row.Subscription.next_at.isoformat()}",
            "digest": True,
            "due_at": now,
        }
        for row in rows
    ]
    for row in rows:
        row.Subscription.next_at = service_preferences.next_digest(row.Subscription, now, row.time_zone)
    await session.flush()
    if deliveries:
        await session.execute(insert(Delivery).values(deliveries).on_conflict_do_nothing())
    return len(rows)


async def _send(database: Database, catalogue: kinds.Catalogue, claimed: Sequence[service_deliveries.Claimed]) -> None:
    """One person's trouble is not the next one's."""
    try:
        async with database.write() as session:
            await service_letters.send(session, catalogue, claimed)
    except Exception as error:  # noqa: BLE001  counted and tried again
        logger.warning("a letter to account %s failed: %s", claimed[0].account_id, errors.described(error))
        async with database.write() as session:
            await service_deliveries.fail(session, claimed)


async def _forget_notifications(session: WriteSession) -> int:
    """Deletes some that are too old."""
    settings, now = of(config.NotificationsSettings), clock.now()
    read_before = first_id_at(now - timedelta(days=settings.notifications_kept_days))
    unread_before = first_id_at(now - timedelta(days=settings.notifications_unread_kept_days))
    old = (
        select(Notification.id)
        .where(
            or_(
                and_(Notification.id < read_before, Notification.read_at.is_not(None)),
                Notification.id < unread_before,
            ),
        )
        .limit(TIDY_BATCH)
    )
    gone = delete(Notification).where(Notification.id.in_(old)).returning(Notification.id)
    return len((await session.execute(gone.execution_options(synchronize_session=False))).all())


async def _forget_groups(session: WriteSession) -> None:
    """Deletes groups without members.

    Only old ones: whoever adds a member at the same time makes the group young first, and this statement looks at that
    again when it has waited for it.
    """
    member = exists().where(Notification.account_id == Group.account_id, Notification.group_key == Group.key)
    empty = delete(Group).where(Group.newest_id < first_id_at(clock.now() - EMPTY_GROUP_KEPT), ~member)
    await session.execute(empty.execution_options(synchronize_session=False))
