"""Personal API keys: a name, a secret that is shown once, and scopes that its owner holds."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, Row, func, or_, select

from src import clock
from src.auth import bots, ended, opaque, security_events, utils
from src.auth import service as accounts
from src.auth.callers import Caller, Origin
from src.auth.constants import MAX_API_KEYS, SecurityEventKind
from src.auth.exceptions import ApiKeyAlreadyOver, ApiKeyNotFound, ScopesRefused, TooManyApiKeys
from src.auth.models import ApiKey
from src.auth.schemas import ApiKeyCreate
from src.database import ReadSession, WriteSession
from src.exceptions import FieldError
from src.feature import Role
from src.models import id_at
from src.pagination import Paging, Slice, paginate

_PREFIX_LENGTH = 8


async def create(
    session: WriteSession,
    *,
    caller: Caller,
    data: ApiKeyCreate,
    known: utils.KnownPermissions,
    origin: Origin,
    bot_id: int | None = None,
) -> tuple[ApiKey, str]:
    """Makes a key of the caller, or of a bot of theirs; with it comes the secret that nobody sees again.

    Args:
        session: the unit of work.
        caller: who makes it.
        data: what it is for.
        known: all permissions that there are.
        origin: where the request comes from.
        bot_id: the bot that the key acts for, which the unit of work has locked.

    Raises:
        ScopesRefused: a scope is none, or not the caller's to pass on.
        ApiKeyAlreadyOver: its end lies in the past.
        InvalidToken: the caller's session has ended in this moment.
        TooManyApiKeys: the caller has as many as one may have.
    """
    # A bot may what a member may, whatever its owner is.
    holder = caller if bot_id is None else replace(caller, account_id=bot_id, role=min(caller.role, Role.MEMBER))
    refused = [index for index, scope in enumerate(data.scopes) if not utils.can_pass_on(known, holder, scope)]
    if refused:
        raise ScopesRefused(errors=[_refused_scope(index) for index in refused])
    now = clock.now()
    if data.expires_at is not None and data.expires_at <= now:
        raise ApiKeyAlreadyOver
    await accounts.lock_caller(session, caller=caller)
    live = select(func.count()).select_from(ApiKey).where(ApiKey.account_id == holder.account_id, *_live(now))
    if (await session.scalar(live) or 0) >= MAX_API_KEYS:
        raise TooManyApiKeys
    secret = opaque.new_api_key()
    row = ApiKey(
        id=await session.scalar(select(id_at(now))),
        account_id=holder.account_id,
        name=data.name,
        prefix=secret[:_PREFIX_LENGTH],
        digest=opaque.digest(secret),
        scopes=sorted(set(data.scopes)),
        created_at=now,
        expires_at=data.expires_at,
    )
    session.add(row)
    _note(session, SecurityEventKind.API_KEY_CREATED, row.id, caller, origin)
    return row, secret


async def list_live(session: ReadSession, *, account_id: int, paging: Paging) -> Slice[Row[ApiKey]]:
    """The account's keys that can still be used, newest first."""
    statement = select(ApiKey).where(ApiKey.account_id == account_id, *_live(clock.now()))
    return await paginate(session, statement, key=ApiKey.id, paging=paging)


async def revoke(
    session: WriteSession, *, caller: Caller, key_id: int, origin: Origin, bot_id: int | None = None
) -> None:
    """Ends one of the caller's keys, or one of a bot of theirs.

    Raises:
        ApiKeyNotFound: there is none with this id, or it has ended before.
    """
    holder_id = caller.account_id if bot_id is None else bot_id
    if not await ended.end(session, ApiKey, ApiKey.account_id == holder_id, ApiKey.id == key_id):
        raise ApiKeyNotFound
    _note(session, SecurityEventKind.API_KEY_ENDED, key_id, caller, origin)


async def end_own(session: WriteSession, *, caller: Caller, origin: Origin) -> None:
    """Ends all keys of the caller and of their bots, each with an event."""
    for key_id in await ended.end(session, ApiKey, _held_by(caller.account_id), *_live(clock.now())):
        _note(session, SecurityEventKind.API_KEY_ENDED, key_id, caller, origin)


async def end_all(session: WriteSession, *, account_id: int) -> None:
    """Ends all keys of an account and of its bots; what it is for is noted by whoever calls."""
    await ended.end(session, ApiKey, _held_by(account_id))


def _held_by(account_id: int) -> ColumnElement[bool]:
    """Whether the account could have made the key: it is its own, or that of a bot of it."""
    return or_(ApiKey.account_id == account_id, ApiKey.account_id.in_(bots.of(account_id)))


def _live(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return ApiKey.ended_at.is_(None), or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > now)


def _refused_scope(index: int) -> FieldError:
    return FieldError(loc=["body", "scopes", index], code="scope", message="You hold no such scope.")


def _note(session: WriteSession, kind: SecurityEventKind, key_id: int, caller: Caller, origin: Origin) -> None:
    security_events.note(session, kind, account_id=caller.account_id, origin=origin, session_id=key_id)
