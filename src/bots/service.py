"""What can be done with bots: made, given keys, named anew and deleted by whoever answers for them."""

import secrets
from typing import Any

from sqlalchemy import Select, func, select

from src.archives import service as archives_service
from src.auth import api_keys as auth_api_keys
from src.auth import bots as auth_bots
from src.auth import callers as auth_callers
from src.auth import models as auth_models
from src.auth import schemas as auth_schemas
from src.auth import security_events as auth_security_events
from src.auth import service as accounts
from src.auth import usernames as auth_usernames
from src.auth import utils as auth_utils
from src.auth.constants import AccountState
from src.auth.constants import SecurityEventKind as AuthEventKind
from src.bots import exceptions, schemas
from src.bots.config import BotsSettings
from src.config import of
from src.database import ReadSession, WriteSession
from src.feature import Role
from src.pagination import Paging, Slice, paginate
from src.users import queries as users_queries
from src.users import schemas as users_schemas
from src.users import service as users_service

Account, Bot = auth_models.Account, auth_models.Bot


async def create(
    session: WriteSession, *, caller: auth_callers.Caller, data: schemas.BotCreate, origin: auth_callers.Origin
) -> Any:
    """Makes a bot of the caller; see `find` for what is given back.

    Raises:
        UsernameRefused, UsernameTaken: of `auth`.
        InvalidToken: the caller's session has ended in this moment.
        TooManyBots: the caller has as many as one may have.
    """
    username = auth_usernames.normal(data.username)
    accounts.check_username(username)
    # From here on nobody else makes one for the same owner.
    await accounts.lock_caller(session, caller=caller)
    own = select(func.count()).select_from(_bots(caller.account_id).subquery())
    if (await session.scalar(own) or 0) >= of(BotsSettings).bots_each:
        raise exceptions.TooManyBots
    bot_id = await _make(session, username, data.display_name, owner_id=caller.account_id)
    _note(session, AuthEventKind.BOT_CREATED, bot_id, caller, origin)
    return await find(session, owner_id=caller.account_id, bot_id=bot_id)


async def make_part(session: WriteSession, *, name: str, display_name: str) -> int:
    """Makes a bot that belongs to a thing, which deletes it one day with `archives.service.delete_now`.

    Args:
        session: the unit of work.
        name: what its username begins with; the rest is random.
        display_name: what people see.

    Returns:
        The account's id.
    """
    return await _make(session, f"{name}_{secrets.token_hex(6)}", display_name, owner_id=None)


async def find(session: ReadSession, *, owner_id: int, bot_id: int) -> Any:
    """One bot, as a row of `page`.

    Raises:
        BotNotFound: it is not there, or not this owner's.
    """
    statement = _bots(owner_id).where(Bot.account_id == bot_id)
    row = (await session.execute(statement.execution_options(populate_existing=True))).one_or_none()
    if row is None:
        raise exceptions.BotNotFound
    return row


async def page(session: ReadSession, *, owner_id: int, paging: Paging) -> Slice[Any]:
    """Somebody's bots, the newest first; rows are for `users.queries.person_of`, with `state`."""
    return await paginate(session, _bots(owner_id), key=Bot.account_id, paging=paging)


async def change(session: WriteSession, *, caller: auth_callers.Caller, bot_id: int, data: schemas.BotUpdate) -> Any:
    """Names a bot anew, or says something else of it.

    Raises:
        BotNotFound: it is not there any more.
    """
    await _hold(session, caller, bot_id)
    changes = users_schemas.ProfileUpdate.model_validate(data.model_dump(exclude_unset=True))
    bot = auth_callers.Caller(account_id=bot_id, session_id=0, role=Role.MEMBER)
    await users_service.update(session, caller=bot, data=changes)
    return await find(session, owner_id=caller.account_id, bot_id=bot_id)


async def delete(
    session: WriteSession, *, caller: auth_callers.Caller, bot_id: int, origin: auth_callers.Origin
) -> None:
    """Deletes a bot: it does not exist from now on, and all that it has written is erased within minutes.

    Raises:
        BotNotFound: it is not there any more.
    """
    await _hold(session, caller, bot_id)
    await archives_service.delete_now(session, account_id=bot_id)
    _note(session, AuthEventKind.BOT_DELETED, bot_id, caller, origin)


async def create_key(
    session: WriteSession,
    *,
    caller: auth_callers.Caller,
    bot_id: int,
    data: auth_schemas.ApiKeyCreate,
    known: auth_utils.KnownPermissions,
    origin: auth_callers.Origin,
) -> tuple[auth_models.ApiKey, str]:
    """Makes a key by which a program acts as the bot; with it comes the secret that nobody sees again.

    Raises:
        BotNotFound: it is not there any more, or suspended.
        ScopesRefused, ApiKeyAlreadyOver, InvalidToken, TooManyApiKeys: as `auth.api_keys.create`.
    """
    if (await _hold(session, caller, bot_id)).state is not AccountState.ACTIVE:
        raise exceptions.BotNotFound
    return await auth_api_keys.create(session, caller=caller, data=data, known=known, origin=origin, bot_id=bot_id)


async def _make(session: WriteSession, username: str, display_name: str | None, *, owner_id: int | None) -> int:
    person = await users_service.create_bot(session, username=username, display_name=display_name)
    auth_bots.add(session, account_id=person.id, owner_id=owner_id)
    await session.flush()
    return person.id


async def _hold(session: WriteSession, caller: auth_callers.Caller, bot_id: int) -> auth_models.Account:
    """The bot, locked behind its owner: it is the owner's, and neither is suspended or deleted meanwhile.

    Raises:
        InvalidToken: the owner's session has ended in this moment.
        BotNotFound: it is not there any more.
    """
    await accounts.lock_caller(session, caller=caller)
    statement = (
        select(Account)
        .join(Bot, Bot.account_id == Account.id)
        .where(Account.id == bot_id, Bot.owner_id == caller.account_id, Account.state != AccountState.DELETED)
        .with_for_update(key_share=True, of=Account)
    )
    account = (await session.scalars(statement.execution_options(populate_existing=True))).one_or_none()
    if account is None:
        raise exceptions.BotNotFound
    return account


def _bots(owner_id: int) -> Select[*tuple[Any, ...]]:
    return (
        users_queries.people()
        .add_columns(Account.state)
        .join(Bot, Bot.account_id == Account.id)
        .where(Bot.owner_id == owner_id, Account.state != AccountState.DELETED)
    )


def _note(
    session: WriteSession,
    kind: AuthEventKind,
    bot_id: int,
    caller: auth_callers.Caller,
    origin: auth_callers.Origin,
) -> None:
    auth_security_events.note(session, kind, account_id=caller.account_id, origin=origin, session_id=bot_id)
