"""Endpoints of what the caller decides about others: follow, answer requests, block, mute. All may be repeated."""

from typing import Annotated

from fastapi import APIRouter, Body, Path

from src.auth import dependencies as auth_dependencies
from src.database import ReadDep, WriteDep
from src.exceptions import InvalidInput, problems
from src.pagination import Page, PagingDep
from src.schemas import Id
from src.users import queries, schemas, service, service_blocks, service_follows, utils
from src.users.dependencies import BlockableUser, TiedUser, ValidUser, Writer
from src.users.exceptions import (
    FollowRequestNotFound,
    MuteAlreadyOver,
    UserIsBlocked,
    UserIsYou,
    UserNotFound,
)

router = APIRouter(tags=["users"])

AccountId = Annotated[Id, Path(description="The person's id.")]

_SIGNED_IN = (*auth_dependencies.GUARDED, InvalidInput)
_LIST = problems(*_SIGNED_IN)
_ENDING = problems(*_SIGNED_IN, UserNotFound)
_REQUEST = problems(*_SIGNED_IN, FollowRequestNotFound)


@router.post(
    "/{username}/follow",
    summary="Follow a person",
    responses=problems(*_SIGNED_IN, UserNotFound, UserIsYou, UserIsBlocked),
)
async def follow(caller: Writer, user: ValidUser, session: WriteDep) -> schemas.Relationship:
    """Follow a person, or ask a private one to be accepted."""
    await service_follows.follow(session, caller=caller, followee_id=user.id)
    return await service.relationship(session, caller=caller, account_id=user.id)


@router.delete("/{username}/follow", summary="Unfollow a person", responses=_ENDING)
async def unfollow(caller: Writer, user: TiedUser, session: WriteDep) -> schemas.Relationship:
    """Follow a person no more, or take the request back."""
    await service_follows.end(session, caller=caller, follower_id=caller.account_id, followee_id=user.id)
    return await service.relationship(session, caller=caller, account_id=user.id)


@router.delete("/me/followers/{username}", summary="Remove a follower", responses=_ENDING)
async def remove_follower(caller: Writer, user: TiedUser, session: WriteDep) -> schemas.Relationship:
    """End that a person follows the caller; nobody tells them."""
    await service_follows.end(session, caller=caller, follower_id=user.id, followee_id=caller.account_id)
    return await service.relationship(session, caller=caller, account_id=user.id)


@router.get("/me/follow-requests", summary="Who asks to follow the caller", responses=_LIST)
async def requests(caller: Writer, session: ReadDep, paging: PagingDep) -> Page[schemas.ProfileRead]:
    """Who asks to follow the caller, the newest first."""
    return utils.profiles_page(paging, await service_follows.requests(session, caller=caller, paging=paging))


@router.post("/me/follow-requests/{account_id}", summary="Accept a follow request", responses=_REQUEST)
async def accept(caller: Writer, account_id: AccountId, session: WriteDep) -> schemas.Relationship:
    """Let a person follow who has asked to."""
    await service_follows.accept(session, caller=caller, follower_id=account_id)
    return await service.relationship(session, caller=caller, account_id=account_id)


@router.delete("/me/follow-requests/{account_id}", summary="Refuse a follow request", responses=_REQUEST)
async def reject(caller: Writer, account_id: AccountId, session: WriteDep) -> schemas.Relationship:
    """Refuse a person who has asked to follow; nobody tells them, and they may ask again."""
    await service_follows.reject(session, caller=caller, follower_id=account_id)
    return await service.relationship(session, caller=caller, account_id=account_id)


@router.post("/{username}/block", summary="Block a person", responses=problems(*_SIGNED_IN, UserNotFound, UserIsYou))
async def block(caller: Writer, user: BlockableUser, session: WriteDep) -> schemas.Relationship:
    """Block a person: neither sees or follows the other any more."""
    await service_blocks.block(session, caller=caller, account_id=user.id)
    return await service.relationship(session, caller=caller, account_id=user.id)


@router.delete("/{username}/block", summary="Unblock a person", responses=_ENDING)
async def unblock(caller: Writer, user: BlockableUser, session: WriteDep) -> schemas.Relationship:
    """Take a block back."""
    await service_blocks.unblock(session, caller=caller, account_id=user.id)
    return await service.relationship(session, caller=caller, account_id=user.id)


@router.get("/me/blocks", summary="Whom the caller blocks", responses=_LIST)
async def blocks(caller: Writer, session: ReadDep, paging: PagingDep) -> Page[schemas.Author]:
    """Whom the caller has blocked, the newest first."""
    rows = await service_blocks.blocked(session, caller=caller, paging=paging)
    return paging.page(rows, [utils.author(*queries.person_of(row)) for row in rows.rows])


@router.post(
    "/{username}/mute",
    summary="Mute a person",
    responses=problems(*_SIGNED_IN, UserNotFound, UserIsYou, MuteAlreadyOver),
)
async def mute(
    caller: Writer,
    user: ValidUser,
    session: WriteDep,
    data: Annotated[schemas.MuteCreate | None, Body()] = None,
) -> schemas.Relationship:
    """Read a person no more, for ever or for a time; they cannot tell."""
    await service_blocks.mute(session, caller=caller, account_id=user.id, data=data or schemas.MuteCreate())
    return await service.relationship(session, caller=caller, account_id=user.id)


@router.delete("/{username}/mute", summary="Unmute a person", responses=_ENDING)
async def unmute(caller: Writer, user: TiedUser, session: WriteDep) -> schemas.Relationship:
    """Read a person again."""
    await service_blocks.unmute(session, caller=caller, account_id=user.id)
    return await service.relationship(session, caller=caller, account_id=user.id)


@router.get("/me/mutes", summary="Whom the caller mutes", responses=_LIST)
async def mutes(caller: Writer, session: ReadDep, paging: PagingDep) -> Page[schemas.MuteRead]:
    """Whom the caller has muted at present, the newest first."""
    rows = await service_blocks.muted(session, caller=caller, paging=paging)
    items = [schemas.MuteRead(user=utils.author(*queries.person_of(row)), until=row.until) for row in rows.rows]
    return paging.page(rows, items)
