"""A profile and its relations that come back from an archive.

Whom somebody follows is told of it as of any new follower, and whoever is private is asked anew: an archive is only
what its bearer says.
"""

from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Annotated, Any

from anyio import to_thread
from pydantic import BaseModel, Field, field_validator
from sqlalchemy import select

from src.auth import callers as auth_callers
from src.auth import models as auth_models
from src.database import ReadSession, WriteSession
from src.feature import Role
from src.media import models as media_models
from src.media import restoring as media_restoring
from src.models import instant_of
from src.restoring import Arrival, DatedId, OldId, Outcome, Restore, Row, Skipped, Work
from src.schemas import Instant, Text
from src.users import (
    constants,
    exceptions,
    fields,
    models,
    schemas,
    service,
    service_blocks,
    service_follows,
    service_pictures,
)

Account, Profile = auth_models.Account, models.Profile
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


class ArchivedPicture(BaseModel):
    """What a row of `profiles` says of a picture: the part of it that is shown, as `ShownPicture` has it."""

    crop: list[float] | None

    @field_validator("crop")
    @classmethod
    def _is_inside(cls, crop: list[float] | None) -> list[float] | None:
        if crop is not None:
            schemas.Crop.model_validate(dict(zip(schemas.Crop.model_fields, crop, strict=True)))
        return crop


class ArchivedPictures(BaseModel):
    """Another look at a row of `profiles`."""

    account_id: OldId
    picture: ArchivedPicture | None
    header: ArchivedPicture | None


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


async def restore_pictures(work: Work, arrival: Arrival) -> None:
    """Shows the pictures that the profile had, where it shows none here; see `media.restoring`."""
    crops = await to_thread.run_sync(partial(_crops, arrival))
    for place in constants.Place:
        show = partial(_show, place, crops.get(place))
        things = media_restoring.Things(place.media_kind, 1, partial(_bare, place), show)
        await media_restoring.restore(work, arrival, things)


def _crops(arrival: Arrival) -> dict[constants.Place, list[float]]:
    """Which part of a picture was shown, where it was not the whole."""
    found: dict[constants.Place, list[float]] = {}
    for profile in Outcome().valid(ArchivedPictures, arrival.source.rows(Profile.__tablename__)):
        for place in constants.Place:
            shown: ArchivedPicture | None = getattr(profile, place)
            if profile.account_id == arrival.archived_id and shown is not None and shown.crop is not None:
                found[place] = shown.crop
    return found


async def _bare(place: constants.Place, session: ReadSession, arrival: Arrival, old_id: int) -> int | None:
    """The account, if it was its own picture and there is none at this place yet."""
    shown = Profile.picture if place is constants.Place.PICTURE else Profile.header
    bare = select(Profile.account_id).where(Profile.account_id == arrival.account_id, shown.is_(None))
    if isinstance(session, WriteSession):
        bare = bare.with_for_update(key_share=True)
    return None if old_id != arrival.archived_id else (await session.scalars(bare)).one_or_none()


async def _show(
    place: constants.Place,
    crop: list[float] | None,
    session: WriteSession,
    account_id: int,
    items: list[media_models.MediaItem],
) -> None:
    await service_pictures.put(session, account_id=account_id, place=place, item=items[0], crop=crop)


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
    since, until = instant_of(relation.id), relation.until
    return await service_blocks.mute_old(session, caller=caller, account_id=account_id, since=since, until=until)


def _caller(arrival: Arrival) -> auth_callers.Caller:
    return auth_callers.Caller(account_id=arrival.account_id, session_id=0, role=Role.MEMBER)
