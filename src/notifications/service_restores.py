"""What a person wants to hear of, as an archive has it: brought back once; what was changed here since then stays."""

from collections.abc import Sequence
from datetime import time
from typing import Annotated, Literal

from pydantic import BaseModel, Field
from sqlalchemy.dialects.postgresql import insert

from src.database import WriteSession
from src.models import Base
from src.notifications import models, schemas, service_preferences
from src.notifications.constants import Channel, Frequency, Weekday
from src.restoring import Arrival, OldId, Outcome, Row, Skipped
from src.schemas import Text

_WEEKDAYS = tuple(Weekday)


class _Mine(BaseModel):
    account_id: OldId


class ArchivedSilence(_Mine):
    """A row of `notification_silences`."""

    kind: Annotated[Text, Field(min_length=1, max_length=50)]
    channel: Channel


class ArchivedQuietTime(_Mine):
    """A row of `notification_quiet_times`."""

    starts: time
    ends: time


class ArchivedSubscription(_Mine):
    """A row of `notification_subscriptions`."""

    channel: Literal[Channel.MAIL]
    frequency: Frequency
    hour: Annotated[int, Field(ge=0, le=23)]
    weekday: Annotated[int, Field(ge=0, le=6)]


async def restore_silences(session: WriteSession, arrival: Arrival, rows: Sequence[Row]) -> Outcome:
    """Kinds that are not wanted."""
    outcome = Outcome()
    silences = outcome.valid(ArchivedSilence, rows)
    if not await _is_first(session, arrival, models.Silence, outcome, silences):
        return outcome
    values = [
        {"account_id": arrival.account_id, "kind": one.kind, "channel": one.channel}
        for one in {(one.kind, one.channel): one for one in silences}.values()
    ]
    await session.execute(insert(models.Silence).values(values).on_conflict_do_nothing())
    return outcome


async def restore_quiet_time(session: WriteSession, arrival: Arrival, rows: Sequence[Row]) -> Outcome:
    """When it is quiet, if nothing has been said of it here."""
    outcome = Outcome()
    found = outcome.valid(ArchivedQuietTime, rows)
    times = [one for one in found if one.starts != one.ends and not one.starts.tzinfo and not one.ends.tzinfo][:1]
    if await _is_first(session, arrival, models.QuietTime, outcome, times):
        values = {"account_id": arrival.account_id, "starts": times[0].starts, "ends": times[0].ends}
        await session.execute(insert(models.QuietTime).values(values).on_conflict_do_nothing())
    return outcome


async def restore_subscription(session: WriteSession, arrival: Arrival, rows: Sequence[Row]) -> Outcome:
    """When letters come; the first digest begins with what happens from now on."""
    outcome = Outcome()
    found = outcome.valid(ArchivedSubscription, rows)[:1]
    if await _is_first(session, arrival, models.Subscription, outcome, found):
        [one] = found
        data = schemas.MailUpdate(frequency=one.frequency, hour=one.hour, weekday=_WEEKDAYS[one.weekday])
        await service_preferences.subscribe(session, arrival.account_id, data)
    return outcome


async def _is_first(
    session: WriteSession, arrival: Arrival, table: type[Base], outcome: Outcome, found: Sequence[_Mine]
) -> bool:
    """Whether there is something to bring back, and nothing of the kind has come before; counts it."""
    foreign = [one for one in found if one.account_id != arrival.archived_id]
    if foreign:
        outcome.skipped[Skipped.NOT_PERMITTED] += len(found)
    elif await arrival.ledger.known(session, table.__tablename__, [arrival.archived_id]):
        outcome.known += len(found)
    elif found:
        await arrival.ledger.note(session, table.__tablename__, {arrival.archived_id: arrival.account_id})
        outcome.new += len(found)
        return True
    return False
