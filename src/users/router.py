"""Endpoints of people: one's own profile, other people's, their lists, and what they are to each other."""

from typing import Annotated

from fastapi import APIRouter, Query

from src.database import ReadDep, WriteDep
from src.exceptions import InvalidInput, NotAuthenticated, NotPermitted, problems
from src.pagination import Page, PagingDep
from src.schemas import Id, Text
from src.users import constants, schemas, service, service_follows, utils
from src.users.dependencies import OpenUser, Reader, ValidUser, Writer
from src.users.exceptions import ListsArePrivate, UserNotFound

router = APIRouter(tags=["users"])

_READING = (NotAuthenticated, NotPermitted, InvalidInput)
_ONE = problems(*_READING, UserNotFound)
_LISTS = problems(*_READING, UserNotFound, ListsArePrivate)


@router.get("", responses=problems(*_READING))
async def search(
    caller: Reader,
    session: ReadDep,
    paging: PagingDep,
    prefix: Annotated[
        Text, Query(max_length=constants.MAX_PREFIX, description="How username or display name begin.", examples=["ad"])
    ] = "",
) -> Page[schemas.ProfileRead]:
    """People by the beginning of their names, ordered by username; without a prefix, everybody."""
    rows = await service.search(session, viewer_id=caller.account_id, prefix=prefix, paging=paging)
    return utils.profiles_page(paging, rows)


@router.get("/me", responses=problems(*_READING))
async def read_own(caller: Writer, session: ReadDep) -> schemas.OwnProfileRead:
    """One's own profile."""
    return utils.own_profile_read(await service.own(session, caller=caller))


@router.patch("/me", responses=problems(*_READING))
async def update_own(caller: Writer, data: schemas.ProfileUpdate, session: WriteDep) -> schemas.OwnProfileRead:
    """Change one's own profile; one that becomes public accepts all who have asked to follow it."""
    return utils.own_profile_read(await service.update(session, caller=caller, data=data))


@router.get("/relationships", responses=problems(*_READING))
async def relationships(
    caller: Writer,
    session: ReadDep,
    ids: Annotated[
        list[Id], Query(min_length=1, max_length=constants.MAX_RELATIONSHIPS, description="The people's ids.")
    ],
) -> list[schemas.Relationship]:
    """What the caller and these people are to each other, in the order asked for, each once."""
    return await service.relationships(session, caller=caller, account_ids=ids)


@router.get("/{username}", responses=_ONE)
async def read(_caller: Reader, user: ValidUser) -> schemas.ProfileRead:
    """A person's profile. Who has blocked the caller is not there for them."""
    return utils.profile_read(user)


@router.get("/{username}/followers", responses=_LISTS)
async def followers(caller: Reader, user: OpenUser, session: ReadDep, paging: PagingDep) -> Page[schemas.ProfileRead]:
    """Who follows a person, the newest first; of a private person for their followers alone."""
    rows = await service_follows.followers(session, viewer_id=caller.account_id, account_id=user.id, paging=paging)
    return utils.profiles_page(paging, rows)


@router.get("/{username}/following", responses=_LISTS)
async def following(caller: Reader, user: OpenUser, session: ReadDep, paging: PagingDep) -> Page[schemas.ProfileRead]:
    """Whom a person follows, the newest first; of a private person for their followers alone."""
    rows = await service_follows.following(session, viewer_id=caller.account_id, account_id=user.id, paging=paging)
    return utils.profiles_page(paging, rows)
