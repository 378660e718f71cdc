"""The endpoints of bots and their keys."""

from http import HTTPStatus

from fastapi import APIRouter

from src import idempotency
from src.auth import api_keys as auth_api_keys
from src.auth import dependencies as auth_dependencies
from src.auth import exceptions as auth_exceptions
from src.auth import schemas as auth_schemas
from src.auth import utils as auth_utils
from src.bots import schemas, service, utils
from src.bots.constants import MAKING
from src.bots.dependencies import BotId, KeyId, OwnBot, Owner, SureOwner
from src.bots.exceptions import BotNotFound, TooManyBots
from src.database import ReadDep, WriteDep
from src.exceptions import InvalidInput, problems
from src.pagination import InvalidCursor, Page, PagingDep

router = APIRouter(tags=["bots"], route_class=idempotency.Route)

_GUARDED = (*auth_dependencies.GUARDED, InvalidInput)
_ONE = problems(*_GUARDED, BotNotFound)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    summary="Make a bot",
    responses=problems(*_GUARDED, auth_exceptions.UsernameRefused, auth_exceptions.UsernameTaken, TooManyBots),
    dependencies=[auth_dependencies.limited(MAKING)],
)
async def create_bot(
    caller: Owner,
    data: schemas.BotCreate,
    session: auth_dependencies.CreateDep,
    origin: auth_dependencies.OriginDep,
) -> schemas.BotRead:
    """An account for a program, which acts through keys alone. Its owner answers for it, and it goes with them."""
    return utils.bot_read(await service.create(session, caller=caller, data=data, origin=origin))


@router.get("", summary="List one's bots", responses=problems(*_GUARDED, InvalidCursor))
async def list_bots(caller: Owner, session: ReadDep, paging: PagingDep) -> Page[schemas.BotRead]:
    """The caller's bots, the newest first."""
    found = await service.page(session, owner_id=caller.account_id, paging=paging)
    return paging.page(found, [utils.bot_read(row) for row in found.rows])


@router.get("/{bot_id}", summary="Read a bot of one's own", responses=_ONE)
async def read_bot(bot: OwnBot) -> schemas.BotRead:
    """One of the caller's bots."""
    return utils.bot_read(bot)


@router.patch("/{bot_id}", summary="Name a bot anew", responses=_ONE)
async def change_bot(caller: Owner, bot_id: BotId, data: schemas.BotUpdate, session: WriteDep) -> schemas.BotRead:
    """Gives a bot another name for people, or another text on its profile."""
    return utils.bot_read(await service.change(session, caller=caller, bot_id=bot_id, data=data))


@router.delete("/{bot_id}", status_code=HTTPStatus.NO_CONTENT, summary="Delete a bot", responses=_ONE)
async def delete_bot(caller: Owner, bot_id: BotId, session: WriteDep, origin: auth_dependencies.OriginDep) -> None:
    """Its keys end at once, and what it has written is erased within minutes. Nobody can have its name again."""
    await service.delete(session, caller=caller, bot_id=bot_id, origin=origin)


@router.get("/{bot_id}/keys", summary="List a bot's keys", responses=problems(*_GUARDED, BotNotFound, InvalidCursor))
async def list_bot_keys(
    _bot: OwnBot, bot_id: BotId, session: ReadDep, paging: PagingDep
) -> Page[auth_schemas.ApiKeyRead]:
    """The keys that can still be used, newest first."""
    rows = await auth_api_keys.list_live(session, account_id=bot_id, paging=paging)
    return paging.page(rows, [auth_schemas.ApiKeyRead.model_validate(row[0]) for row in rows.rows])


@router.post(
    "/{bot_id}/keys",
    status_code=HTTPStatus.CREATED,
    summary="Make a key for a bot",
    responses=problems(
        *auth_dependencies.SENSITIVE,
        InvalidInput,
        BotNotFound,
        auth_exceptions.ScopesRefused,
        auth_exceptions.ApiKeyAlreadyOver,
        auth_exceptions.TooManyApiKeys,
    ),
)
async def create_bot_key(
    caller: SureOwner,
    bot_id: BotId,
    data: auth_schemas.ApiKeyCreate,
    session: WriteDep,
    known: auth_dependencies.KnownDep,
    origin: auth_dependencies.OriginDep,
) -> auth_schemas.ApiKeyCreated:
    """A program that shows it acts as the bot, over HTTP and in the `hello` of a socket.

    Its secret is in this answer alone, and so takes no Idempotency-Key: an answer that is kept for a repetition would
    keep the secret.
    """
    row, secret = await service.create_key(session, caller=caller, bot_id=bot_id, data=data, known=known, origin=origin)
    return auth_utils.api_key_created(row, secret)


@router.delete(
    "/{bot_id}/keys/{key_id}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Revoke a bot's key",
    responses=problems(*_GUARDED, BotNotFound, auth_exceptions.ApiKeyNotFound),
)
async def revoke_bot_key(
    caller: Owner,
    _bot: OwnBot,
    bot_id: BotId,
    key_id: KeyId,
    session: WriteDep,
    origin: auth_dependencies.OriginDep,
) -> None:
    """Ends a key: it is refused from now on."""
    await auth_api_keys.revoke(session, caller=caller, key_id=key_id, origin=origin, bot_id=bot_id)
