"""Endpoints of people: one's own profile, other people's, their lists, and what they are to each other."""

from typing import Annotated

from fastapi import APIRouter, Query

from src.auth import dependencies as auth_dependencies
from src.database import ReadDep, WriteDep
from src.exceptions import InvalidInput, problems
from src.pagination import Page, PagingDep
from src.schemas import Id, Text
from src.users import constants, schemas, service, service_follows, utils
from src.users.dependencies import OpenUser, Reader, ValidUser, Writer
from src.users.exceptions import ListsArePrivate, UserNotFound

router = APIRouter(tags=["users"])

_READING = (*auth_dependencies.GUARDED, InvalidInput)
_ONE = problems(*_READING, UserNotFound)
_LISTS = problems(*_READING, UserNotFound, ListsArePrivate)


@router.get("", summary="Find people", responses=problems(*_READING))
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


@router.get("/me", summary="Read one's own profile", responses=problems(*_READING))
async def read_own(caller: Writer, session: ReadDep) -> schemas.OwnProfileRead:
    """One's own profile."""
    return utils.own_profile_read(await service.own(session, caller=caller))


@router.patch("/me", summary="Change one's own profile", responses=problems(*_READING))
async def update_own(caller: Writer, data: schemas.ProfileUpdate, session: WriteDep) -> schemas.OwnProfileRead:
    """Change one's own profile; one that becomes public accepts all who have asked to follow it."""
    return utils.own_profile_read(await service.update(session, caller=caller, data=data))


@router.get("/relationships", summary="What the caller and others are to each other", responses=problems(*_READING))
async def relationships(
    caller: Writer,
    session: ReadDep,
    ids: Annotated[
        list[Id], Query(min_length=1, max_length=constants.MAX_RELATIONSHIPS, description="The people's ids.")
    ],
) -> list[schemas.Relationship]:
    """What the caller and these people are to each other, in the order asked for, each once."""
    return await service.relationships(session, caller=caller, account_ids=ids)


@router.get("/{username}", summary="Read a person's profile", responses=_ONE)
async def read(_caller: Reader, user: ValidUser) -> schemas.ProfileRead:
    """A person's profile. Who has blocked the caller is not there for them."""
    return utils.profile_read(user)


@router.get("/{username}/followers", summary="Who follows a person", responses=_LISTS)
async def followers(caller: Reader, user: OpenUser, session: ReadDep, paging: PagingDep) -> Page[schemas.ProfileRead]:
    """Who follows a person, the newest first; of a private person for their followers alone."""
    rows = await service_follows.followers(session, viewer_id=caller.account_id, account_id=user.id, paging=paging)
    return utils.profiles_page(paging, rows)


@router.get("/{username}/following", summary="Whom a person follows", responses=_LISTS)
async def following(caller: Reader, user: OpenUser, session: ReadDep, paging: PagingDep) -> Page[schemas.ProfileRead]:
    """Whom a person follows, the newest first; of a private person for their followers alone."""
    rows = await service_follows.following(session, viewer_id=caller.account_id, account_id=user.id, paging=paging)
    return utils.profiles_page(paging, rows)
