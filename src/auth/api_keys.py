"""Personal API keys: a name, a secret that is shown once, and scopes that its owner holds."""

from datetime import datetime

from sqlalchemy import ColumnElement, Row, func, or_, select

from src import clock
from src.auth import ended, opaque, security_events, utils
from src.auth import service as accounts
from src.auth.callers import Caller, Origin
from src.auth.constants import MAX_API_KEYS, SecurityEventKind
from src.auth.exceptions import ApiKeyAlreadyOver, ApiKeyNotFound, ScopesRefused, TooManyApiKeys
from src.auth.models import ApiKey
from src.auth.schemas import ApiKeyCreate
from src.database import ReadSession, WriteSession
from src.exceptions import FieldError
from src.models import id_at
from src.pagination import Paging, Slice, paginate

_PREFIX_LENGTH = 8


async def create(
    session: WriteSession, *, caller: Caller, data: ApiKeyCreate, known: utils.KnownPermissions, origin: Origin
) -> tuple[ApiKey, str]:
    """Makes a key of the caller; with it comes the secret that nobody sees again.

    Raises:
        ScopesRefused: a scope is none, or not the caller's to pass on.
        ApiKeyAlreadyOver: its end lies in the past.
        InvalidToken: the caller's session has ended in this moment.
        TooManyApiKeys: the caller has as many as one may have.
    """
    refused = [index for index, scope in enumerate(data.scopes) if not utils.can_pass_on(known, caller, scope)]
    if refused:
        raise ScopesRefused(errors=[_refused_scope(index) for index in refused])
    now = clock.now()
    if data.expires_at is not None and data.expires_at <= now:
        raise ApiKeyAlreadyOver
    await accounts.lock_caller(session, caller=caller)
    live = select(func.count()).select_from(ApiKey).where(ApiKey.account_id == caller.account_id, *_live(now))
    if (await session.scalar(live) or 0) >= MAX_API_KEYS:
        raise TooManyApiKeys
    secret = opaque.new_api_key()
    row = ApiKey(
        id=await session.scalar(select(id_at(now))),
        account_id=caller.account_id,
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


async def revoke(session: WriteSession, *, caller: Caller, key_id: int, origin: Origin) -> None:
    """Ends one of the caller's keys.

    Raises:
        ApiKeyNotFound: there is none with this id, or it has ended before.
    """
    if not await ended.end(session, ApiKey, ApiKey.account_id == caller.account_id, ApiKey.id == key_id):
        raise ApiKeyNotFound
    _note(session, SecurityEventKind.API_KEY_ENDED, key_id, caller, origin)


async def end_own(session: WriteSession, *, caller: Caller, origin: Origin) -> None:
    """Ends all keys of the caller, each with an event."""
    for key_id in await ended.end(session, ApiKey, ApiKey.account_id == caller.account_id, *_live(clock.now())):
        _note(session, SecurityEventKind.API_KEY_ENDED, key_id, caller, origin)


async def end_all(session: WriteSession, *, account_id: int) -> None:
    """Ends all keys of an account; what it is for is noted by whoever calls."""
    await ended.end(session, ApiKey, ApiKey.account_id == account_id)


def _live(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return ApiKey.ended_at.is_(None), or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > now)


def _refused_scope(index: int) -> FieldError:
    return FieldError(loc=["body", "scopes", index], code="scope", message="You hold no such scope.")


def _note(session: WriteSession, kind: SecurityEventKind, key_id: int, caller: Caller, origin: Origin) -> None:
    security_events.note(session, kind, account_id=caller.account_id, origin=origin, session_id=key_id)
