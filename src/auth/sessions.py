"""Sessions: opened by a login, kept alive by refreshing, ended by their owner, by time, or by a stolen token's use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, func, select

from src import clock
from src.auth import ended, letters, opaque, rights, security_events
from src.auth import service as accounts
from src.auth.authenticator import Authenticator
from src.auth.callers import Caller, Origin
from src.auth.constants import REFRESH_GRACE, SESSION_ABSOLUTE, SESSION_IDLE, AccountState, SecurityEventKind
from src.auth.exceptions import InvalidToken, SessionNotFound
from src.auth.keyring import ACCESS_TOKEN_LIFETIME
from src.auth.models import Account, Session
from src.database import Database, ReadSession, WriteSession
from src.models import id_at
from src.pagination import Paging, Slice, paginate


@dataclass(frozen=True)
class Grant:
    """What a client gets when it signs in or refreshes."""

    account_id: int
    session_id: int
    access_token: str
    # In seconds.
    expires_in: int
    refresh_token: str


async def start(session: WriteSession, authenticator: Authenticator, *, account: Account, origin: Origin) -> Grant:
    """Opens a session for an account that has just shown who it is; the caller holds a lock on its row."""
    now = clock.now()
    opened = Session(
        id=await session.scalar(select(id_at(now))),
        account_id=account.id,
        device=origin.device,
        address=origin.address,
        created_at=now,
        last_used_at=now,
        reauthenticated_at=now,
    )
    refresh_token = _rotate(opened, authenticator.keyring.refresh_secret, generation=0, now=now)
    is_new = await _is_new_device(session, account, origin)
    session.add(opened)
    security_events.note(
        session,
        SecurityEventKind.LOGIN,
        account_id=account.id,
        origin=origin,
        session_id=opened.id,
        new_device=is_new,
    )
    if is_new:
        await letters.send_notice(
            session,
            "new_device",
            account=account,
            origin=origin,
            key=str(opened.id),
            page="sessions",
            device=origin.device or "-",
            address=origin.address,
        )
    return _grant(authenticator, account, opened, refresh_token)


async def _is_new_device(session: ReadSession, account: Account, origin: Origin) -> bool:
    """Whether the account has had sessions, but none of this device."""
    devices = select(func.count(), func.count().filter(Session.device == origin.device))
    known, same = (await session.execute(devices.where(Session.account_id == account.id))).one()
    return bool(known) and not same


async def refresh(database: Database, authenticator: Authenticator, *, token: str, origin: Origin) -> Grant:
    """A new access token and the successor of this refresh token.

    A token that is older than the previous one, or that after the grace, has been copied: its session ends.

    Raises:
        InvalidToken: it is none of ours, its session has ended, or it has just ended it.
    """
    shown = opaque.parse_refresh_token(token)
    async with database.write() as session:
        grant = await _refresh(session, authenticator, shown, origin)
    # Outside of the block: the end of the session is to be kept although the answer is an error.
    if grant is None:
        raise InvalidToken
    return grant


async def list_live(session: ReadSession, *, account_id: int, paging: Paging) -> Slice[Row[Session]]:
    """The account's live sessions, newest first."""
    statement = select(Session).where(
        Session.account_id == account_id, Session.ended_at.is_(None), Session.expires_at > clock.now()
    )
    return await paginate(session, statement, key=Session.id, paging=paging)


async def end_own(session: WriteSession, *, caller: Caller, origin: Origin) -> None:
    """Ends the session that asks; of two that ask at once, one finds nothing left to do."""
    ids = await ended.end(session, Session, Session.id == caller.session_id)
    _note_ends(session, ids, caller.account_id, origin)


async def end_one(session: WriteSession, *, caller: Caller, session_id: int, origin: Origin) -> None:
    """Ends one of the caller's sessions.

    Raises:
        SessionNotFound: there is none with this id, or it has ended before.
    """
    ids = await ended.end(session, Session, Session.account_id == caller.account_id, Session.id == session_id)
    if not ids:
        raise SessionNotFound
    _note_ends(session, ids, caller.account_id, origin)


async def end_others(session: WriteSession, *, caller: Caller, origin: Origin) -> None:
    """Ends all the caller's sessions but the one that asks; of two that end each other one stays.

    Raises:
        InvalidToken: the one that asks has ended in this moment.
    """
    await accounts.lock_caller(session, caller=caller)
    ids = await ended.end(session, Session, Session.account_id == caller.account_id, Session.id != caller.session_id)
    _note_ends(session, ids, caller.account_id, origin)


async def end_all(session: WriteSession, *, account_id: int) -> None:
    """Ends all sessions of an account; what it is for is noted by whoever calls."""
    await ended.end(session, Session, Session.account_id == account_id)


async def _refresh(
    session: WriteSession, authenticator: Authenticator, shown: opaque.RefreshToken, origin: Origin
) -> Grant | None:
    """The grant; None for a copied token, whose session this has ended."""
    # Refreshes of one session come one after the other.
    statement = select(Session, Account).join(Account, Account.id == Session.account_id)
    found = (
        await session.execute(statement.where(Session.id == shown.family_id).with_for_update(of=Session))
    ).one_or_none()
    now, secret = clock.now(), authenticator.keyring.refresh_secret
    if found is None:
        raise InvalidToken
    opened, account = found
    if opened.ended_at is not None or opened.expires_at <= now or account.state is not AccountState.ACTIVE:
        raise InvalidToken
    if shown.generation == opened.generation and opaque.is_digest_of(opened.digest, shown.text):
        refresh_token = _rotate(opened, secret, generation=opened.generation + 1, now=now)
        opened.last_used_at, opened.address, opened.device = now, origin.address, origin.device
        return _grant(authenticator, account, opened, refresh_token)
    if shown.generation >= opened.generation or not opaque.is_derived(secret, shown):
        raise InvalidToken
    if shown.generation == opened.generation - 1 and now - opened.refreshed_at <= REFRESH_GRACE:
        return _grant(authenticator, account, opened, opaque.refresh_token(secret, opened.id, opened.generation))
    await ended.end(session, Session, Session.id == opened.id)
    security_events.note(
        session, SecurityEventKind.REFRESH_REUSED, account_id=account.id, origin=origin, session_id=opened.id
    )
    return None


def _rotate(opened: Session, secret: bytes, *, generation: int, now: datetime) -> str:
    """Makes the refresh token of this generation the session's newest."""
    refresh_token = opaque.refresh_token(secret, opened.id, generation)
    opened.generation = generation
    opened.digest = opaque.digest(refresh_token)
    opened.refreshed_at = now
    opened.expires_at = min(opened.created_at + SESSION_ABSOLUTE, now + SESSION_IDLE)
    return refresh_token


def _grant(authenticator: Authenticator, account: Account, opened: Session, refresh_token: str) -> Grant:
    granted = rights.of_account(account)
    access_token = authenticator.access_token(
        account_id=account.id, session_id=opened.id, role=granted.role, scopes=granted.scopes
    )
    expires_in = int(ACCESS_TOKEN_LIFETIME.total_seconds())
    return Grant(account.id, opened.id, access_token, expires_in, refresh_token)


def _note_ends(session: WriteSession, ids: Sequence[int], account_id: int, origin: Origin) -> None:
    for id_ in ids:
        security_events.note(
            session, SecurityEventKind.SESSION_ENDED, account_id=account_id, origin=origin, session_id=id_
        )
