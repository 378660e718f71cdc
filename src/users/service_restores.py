"""A profile and its relations that come back from an archive.

Whom somebody follows is told of it as of any new follower, and whoever is private is asked anew: an archive is only
what its bearer says.
"""

from collections.abc import Callable, Coroutine, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from src import clock
from src.auth import callers as auth_callers
from src.auth import models as auth_models
from src.database import WriteSession
from src.feature import Role
from src.models import id_at, instant_of
from src.restoring import Arrival, DatedId, OldId, Outcome, Restore, Row, Skipped
from src.schemas import Instant, Text
from src.users import constants, exceptions, fields, models, schemas, service, service_blocks, service_follows

Account, Mute, Profile = auth_models.Account, models.Mute, models.Profile
_REFUSED = (exceptions.UserIsYou, exceptions.UserNotFound, exceptions.UserIsBlocked)


class ArchivedProfile(BaseModel):
    """A row of `profiles`."""

    account_id: OldId
    display_name: fields.DisplayName
    bio: fields.Bio
    links: Annotated[list[schemas.ProfileLink], Field(max_length=constants.MAX_LINKS)]
    locale: fields.Locale
    time_zone: fields.TimeZone
    private: bool


class ArchivedRelation(BaseModel):
    """A row of any relation to somebody."""

    id: DatedId
    username: Annotated[Text, Field(max_length=100)]
    until: Instant | None = None


_Relate = Callable[[WriteSession, auth_callers.Caller, int, ArchivedRelation], Coroutine[Any, Any, bool]]


async def restore_profile(session: WriteSession, arrival: Arrival, rows: Sequence[Row]) -> Outcome:
    """Gives the account what it said about itself, once: what was changed here since then stays."""
    outcome = Outcome()
    for profile in outcome.valid(ArchivedProfile, rows):
        if profile.account_id != arrival.archived_id:
            outcome.skipped[Skipped.NOT_PERMITTED] += 1
        elif await arrival.ledger.known(session, Profile.__tablename__, [profile.account_id]):
            outcome.known += 1
        else:
            data = schemas.ProfileUpdate(**profile.model_dump(exclude={"account_id"}))
            await service.update(session, caller=_caller(arrival), data=data)
            await arrival.ledger.note(session, Profile.__tablename__, {profile.account_id: arrival.account_id})
            outcome.new += 1
    return outcome


def restoring(relate: _Relate) -> Restore:
    """What brings relations of one kind back: to people of this server, if a name means the same person here."""

    async def restore(session: WriteSession, arrival: Arrival, rows: Sequence[Row]) -> Outcome:
        outcome = Outcome()
        relations = outcome.valid(ArchivedRelation, rows)
        names = {relation.username for relation in relations} if arrival.same_people else set()
        named = select(Account.username, Account.id).where(Account.username.in_(names))
        people = {row.username: row.id for row in await session.execute(named)}
        for relation in relations:
            account_id = people.get(relation.username)
            if account_id is None:
                outcome.skipped[Skipped.ELSEWHERE] += 1
                continue
            try:
                is_new = await relate(session, _caller(arrival), account_id, relation)
            except _REFUSED:
                outcome.skipped[Skipped.NOT_PERMITTED] += 1
            else:
                outcome.new += is_new
                outcome.known += not is_new
        return outcome

    return restore


async def follow(
    session: WriteSession, caller: auth_callers.Caller, account_id: int, relation: ArchivedRelation
) -> bool:
    """Follows somebody, or asks to."""
    since = instant_of(relation.id)
    return await service_follows.follow(session, caller=caller, followee_id=account_id, since=since)


async def block(
    session: WriteSession, caller: auth_callers.Caller, account_id: int, relation: ArchivedRelation
) -> bool:
    """Blocks somebody."""
    return await service_blocks.block(session, caller=caller, account_id=account_id, since=instant_of(relation.id))


async def mute(session: WriteSession, caller: auth_callers.Caller, account_id: int, relation: ArchivedRelation) -> bool:
    """Mutes somebody, unless they are muted already or it would be over."""
    if account_id == caller.account_id:
        raise exceptions.UserIsYou
    if relation.until is not None and relation.until <= clock.now():
        return False
    await service_follows.lock_both(session, caller.account_id, account_id)
    values = {"id": id_at(instant_of(relation.id)), "muter_id": caller.account_id, "muted_id": account_id}
    statement = insert(Mute).values(**values, until=relation.until).on_conflict_do_nothing().returning(Mute.id)
    return (await session.execute(statement)).first() is not None


def _caller(arrival: Arrival) -> auth_callers.Caller:
    return auth_callers.Caller(account_id=arrival.account_id, session_id=0, role=Role.MEMBER)
