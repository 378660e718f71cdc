"""What a person wants to hear of, where, and when it is quiet."""

from dataclasses import dataclass, field
from datetime import datetime
from itertools import product
from typing import Any

from sqlalchemy import ColumnElement, Select, case, delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from src import clock
from src.auth import callers as auth_callers
from src.auth import models as auth_models
from src.auth.constants import AccountState
from src.database import ReadSession, WriteSession
from src.exceptions import NotAuthenticated
from src.mail import service as mail_service
from src.models import first_id_at
from src.notifications import exceptions, local_time, models, schemas
from src.notifications.constants import DIGEST_HOUR, DIGEST_LAG, Channel, Frequency, Weekday
from src.notifications.kinds import Catalogue
from src.users import models as users_models

Account = auth_models.Account
Profile = users_models.Profile
QuietTime = models.QuietTime
Silence = models.Silence
Subscription = models.Subscription

_WEEKDAYS = tuple(Weekday)


@dataclass(frozen=True)
class Wishes:
    """What one person wants.

    Attributes:
        locale, time_zone: as their profile has them.
        email: where letters go; None if there is no address that letters may go to, or nobody who sends them.
        mail: their subscription of letters, if they have ever made one.
        quiet: their quiet hours, if any.
        silent: pairs of kind and channel that they do not want.
    """

    display_name: str
    locale: str
    time_zone: str
    email: str | None
    mail: models.Subscription | None = None
    quiet: local_time.QuietHours | None = None
    silent: frozenset[tuple[str, str]] = field(default_factory=frozenset)

    def wants(self, kind: str, channel: Channel) -> bool:
        """Whether this kind is wanted there."""
        return (kind, channel) not in self.silent

    def quiet_until(self, now: datetime) -> datetime | None:
        """When it stops being quiet for them; None if it is not quiet."""
        if self.quiet is None:
            return None
        return local_time.quiet_until(now, self.quiet, local_time.zone_of(self.time_zone))


async def wishes(session: ReadSession, account_id: int) -> Wishes | None:
    """What this person wants; None for somebody who is not there or may not act."""
    statement: Select[*tuple[Any, ...]] = (
        select(Profile.display_name, Profile.locale, Profile.time_zone, _mailable(), Subscription, QuietTime)
        .select_from(Account)
        .join(Profile, Profile.account_id == Account.id)
        .outerjoin(Subscription, (Subscription.account_id == Account.id) & (Subscription.channel == Channel.MAIL))
        .outerjoin(QuietTime, QuietTime.account_id == Account.id)
        .where(Account.id == account_id, Account.state == AccountState.ACTIVE)
    )
    row = (await session.execute(statement.execution_options(populate_existing=True))).one_or_none()
    if row is None:
        return None
    display_name, locale, time_zone, email, mail, quiet = row
    silences = select(Silence.kind, Silence.channel).where(Silence.account_id == account_id)
    return Wishes(
        display_name,
        locale,
        time_zone,
        email if mail_service.is_available() else None,
        mail,
        None if quiet is None else local_time.QuietHours(quiet.starts, quiet.ends),
        frozenset((kind, channel) for kind, channel in await session.execute(silences)),
    )


async def own(session: ReadSession, *, caller: auth_callers.Caller) -> Wishes:
    """What the caller wants.

    Raises:
        NotAuthenticated: the account has ended in this moment.
    """
    found = await wishes(session, caller.account_id)
    if found is None:
        raise NotAuthenticated
    return found


async def change(
    session: WriteSession, *, account_id: int, data: schemas.PreferencesUpdate, catalogue: Catalogue
) -> None:
    """Changes what is given; what is absent stays.

    Raises:
        NotificationKindUnknown: a kind that this server does not have.
    """
    for number, preference in enumerate(data.kinds):
        if preference.kind not in catalogue.kinds:
            raise exceptions.NotificationKindUnknown("body", "kinds", number, "kind")
    await _silence(session, account_id, data.kinds)
    if "quiet_hours" in data.model_fields_set:
        await _set_quiet_hours(session, account_id, data.quiet_hours)
    if "mail" in data.model_fields_set:
        await subscribe(session, account_id, data.mail)


def next_digest(subscription: models.Subscription, after: datetime, time_zone: str) -> datetime | None:
    """When the next digest of a subscription is due; None if it has none."""
    if subscription.frequency not in {Frequency.DAILY, Frequency.WEEKLY}:
        return None
    weekday = subscription.weekday if subscription.frequency == Frequency.WEEKLY else None
    return local_time.next_due(after, subscription.hour, weekday, local_time.zone_of(time_zone))


def _mailable() -> ColumnElement[str | None]:
    """The address that letters may go to, or NULL: one that its owner has confirmed."""
    return case((Account.email_confirmed_at.is_not(None), Account.email))


async def _silence(session: WriteSession, account_id: int, kinds: list[schemas.KindPreference]) -> None:
    wanted: dict[tuple[str, str], bool] = {}
    for preference, channel in product(kinds, Channel):
        if str(channel) in preference.model_fields_set:
            wanted[preference.kind, channel] = getattr(preference, channel)
    silent = [pair for pair, is_wanted in wanted.items() if not is_wanted]
    heard = [pair for pair, is_wanted in wanted.items() if is_wanted]
    if silent:
        rows = [{"account_id": account_id, "kind": kind, "channel": channel} for kind, channel in sorted(silent)]
        await session.execute(insert(Silence).values(rows).on_conflict_do_nothing())
    if heard:
        lifted = tuple_(Silence.kind, Silence.channel).in_(heard)
        await session.execute(delete(Silence).where(Silence.account_id == account_id, lifted))


async def _set_quiet_hours(session: WriteSession, account_id: int, hours: schemas.QuietHours | None) -> None:
    if hours is None:
        await session.execute(delete(QuietTime).where(QuietTime.account_id == account_id))
        return
    values = {"starts": hours.start_time, "ends": hours.end_time}
    statement = insert(QuietTime).values(account_id=account_id, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=[QuietTime.account_id], set_=values))


async def subscribe(session: WriteSession, account_id: int, data: schemas.MailUpdate) -> None:
    """Changes when letters come. A digest begins with what happens from now on."""
    now = clock.now()
    fresh = insert(Subscription).values(
        account_id=account_id,
        channel=Channel.MAIL,
        frequency=Frequency.OFF,
        hour=DIGEST_HOUR,
        weekday=0,
        told_id=first_id_at(now - DIGEST_LAG),
    )
    await session.execute(fresh.on_conflict_do_nothing())
    subscription = await session.get_one(
        Subscription, (account_id, Channel.MAIL), with_for_update=True, populate_existing=True
    )
    before = subscription.frequency
    changes = data.model_dump(exclude_unset=True)
    if "weekday" in changes:
        changes["weekday"] = _WEEKDAYS.index(data.weekday)
    for name, value in changes.items():
        setattr(subscription, name, value)
    if before not in {Frequency.DAILY, Frequency.WEEKLY}:
        subscription.told_id = first_id_at(now - DIGEST_LAG)
    time_zone = await session.scalar(select(Profile.time_zone).where(Profile.account_id == account_id))
    subscription.next_at = next_digest(subscription, now, time_zone or "UTC")
    await session.flush()
