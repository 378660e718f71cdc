"""The second factor: a code of an authenticator besides the password, and codes on paper for when it is lost.

Each code is accepted once, also by fifty requests at once: the account's row is locked, the half minute of the last
code is kept, a recovery code is a row that one use deletes. Who guesses codes knows the password already, so guesses
are counted for the account, whatever network they come from: after fifty in a row codes are taken only from networks
from which the owner has signed in before. A recovery code is too long to be guessed and is always taken, so nobody can
lock the owner out.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from sqlalchemy import delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from src import clock, rate_limit
from src.auth import letters, opaque, rights, security_events, totp
from src.auth import service as accounts
from src.auth.callers import Caller, Origin
from src.auth.constants import (
    CODE_FAILURES_FORGOTTEN,
    MOST_CODE_FAILURES,
    NOTICED_CODE_FAILURES,
    RECOVERY_CODES,
    SecurityEventKind,
)
from src.auth.exceptions import SecondFactorIsOn, SecondFactorNeeded, SecondFactorNotBegun, WrongCode
from src.auth.models import Account, RecoveryCode, Session, TotpSecret
from src.auth.sealing import Sealer, Unsealable
from src.database import ReadSession, WriteSession

_MOST_NETWORKS = 500

logger = logging.getLogger("hearth.auth")


class Verdict(Enum):
    """What has become of a code."""

    RIGHT = auto()
    WRONG = auto()
    # Right or wrong: from there only a recovery code is taken at the moment.
    RECOVERY_ONLY = auto()


@dataclass(frozen=True)
class Enrolment:
    """What an authenticator has to be given, by hand or as a QR code."""

    secret: str
    uri: str


@dataclass(frozen=True)
class Status:
    """How an account stands."""

    enabled_at: datetime | None
    recovery_codes_left: int
    required: bool


async def status(session: ReadSession, *, caller: Caller) -> Status:
    """Whether the caller has a second factor, and needs one."""
    account = await accounts.get(session, account_id=caller.account_id)
    left = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.account_id == account.id)
    return Status(account.second_factor_at, await session.scalar(left) or 0, rights.needs_second_factor(account.role))


async def begin(session: WriteSession, sealer: Sealer, *, caller: Caller, site: str) -> Enrolment:
    """A new secret for the caller's authenticator, which lists it by `site`; nothing is asked for before `turn_on`.

    Raises:
        SecondFactorIsOn: there is one already.
    """
    account = await accounts.lock_caller(session, caller=caller)
    if account.second_factor_at is not None:
        raise SecondFactorIsOn
    secret = totp.new_secret()
    row = {
        "sealed": sealer.seal(secret.encode(), purpose=_purpose(account.id)),
        "last_step": 0,
        "failures": 0,
        "failed_at": None,
        "created_at": clock.now(),
    }
    statement = upsert(TotpSecret).values(account_id=account.id, **row)
    await session.execute(statement.on_conflict_do_update(index_elements=[TotpSecret.account_id], set_=row))
    uri = totp.provisioning_uri(secret, username=account.username, issuer=site)
    return Enrolment(secret, uri)


async def turn_on(session: WriteSession, sealer: Sealer, *, caller: Caller, code: str, origin: Origin) -> list[str]:
    """Asks for codes from now on; gives the recovery codes that nobody sees again.

    Raises:
        SecondFactorIsOn: it is on already.
        SecondFactorNotBegun: there is no secret yet.
        WrongCode: the authenticator shows another code, so it would lock its owner out.
    """
    account = await accounts.lock_caller(session, caller=caller)
    if account.second_factor_at is not None:
        raise SecondFactorIsOn
    held = await session.get(TotpSecret, account.id, populate_existing=True)
    if held is None:
        raise SecondFactorNotBegun
    step = _step(held, sealer, code)
    if step is None:
        raise WrongCode
    held.last_step, account.second_factor_at = step, clock.now()
    security_events.note(session, SecurityEventKind.SECOND_FACTOR_ON, account_id=account.id, origin=origin)
    await _tell(session, "second_factor_on", account, origin)
    return await _new_codes(session, account.id)


async def turn_off(session: WriteSession, *, caller: Caller, origin: Origin) -> None:
    """Asks for no codes any more; nothing happens if none were asked for.

    Raises:
        SecondFactorNeeded: somebody with the caller's role has to have one.
    """
    account = await accounts.lock_caller(session, caller=caller)
    if rights.needs_second_factor(account.role):
        raise SecondFactorNeeded
    await take_away(session, account=account, origin=origin)


async def take_away(session: WriteSession, *, account: Account, origin: Origin, actor_id: int | None = None) -> None:
    """Forgets an account's second factor, of which a letter tells; its row is locked by whoever calls."""
    if account.second_factor_at is not None:
        await _tell(session, "second_factor_off", account, origin)
        kind = SecurityEventKind.SECOND_FACTOR_OFF
        security_events.note(session, kind, account_id=account.id, origin=origin, actor_id=actor_id)
    account.second_factor_at = None
    for table in (RecoveryCode, TotpSecret):
        await session.execute(delete(table).where(table.account_id == account.id))


async def renew_codes(session: WriteSession, *, caller: Caller, origin: Origin) -> list[str]:
    """New recovery codes in place of the old ones.

    Raises:
        SecondFactorNotBegun: there is no second factor to recover.
    """
    account = await accounts.lock_caller(session, caller=caller)
    if account.second_factor_at is None:
        raise SecondFactorNotBegun
    security_events.note(session, SecurityEventKind.RECOVERY_CODES_MADE, account_id=account.id, origin=origin)
    return await _new_codes(session, account.id)


async def check(session: WriteSession, sealer: Sealer, *, account: Account, code: str, origin: Origin) -> Verdict:
    """Whether the code opens this account, whose row is locked and which has a second factor; uses it up if so.

    The unit of work is to be committed whatever the verdict: a wrong code is counted in it.
    """
    held = await session.get_one(TotpSecret, account.id, populate_existing=True)
    now = clock.now()
    if held.failed_at is not None and now - held.failed_at >= CODE_FAILURES_FORGOTTEN:
        held.failures = 0
    if totp.is_code(code):
        if held.failures >= MOST_CODE_FAILURES and not await _is_known_network(session, account.id, origin):
            return Verdict.RECOVERY_ONLY
        step = _step(held, sealer, code)
        is_right = step is not None
        held.last_step = held.last_step if step is None else step
    else:
        is_right = await _use_recovery_code(session, account.id, code, origin)
    if is_right:
        held.failures = 0
        return Verdict.RIGHT
    held.failures, held.failed_at = held.failures + 1, now
    security_events.note(session, SecurityEventKind.SECOND_FACTOR_FAILED, account_id=account.id, origin=origin)
    if held.failures == NOTICED_CODE_FAILURES:
        await _tell(session, "second_factor_guessed", account, origin)
    return Verdict.WRONG


def _step(held: TotpSecret, sealer: Sealer, code: str) -> int | None:
    try:
        secret = sealer.unseal(held.sealed, purpose=_purpose(held.account_id)).decode()
    except Unsealable:
        logger.exception("The key that sealed the secret of a second factor is not here: look for it in a backup")
        return None
    return totp.step_of(secret, code, now=clock.now(), after=held.last_step)


async def _use_recovery_code(session: WriteSession, account_id: int, code: str, origin: Origin) -> bool:
    # It has the form of an invitation's code, and its slips of the pen are forgiven alike.
    parsed = opaque.parse_invitation_code(code)
    if parsed is None:
        return False
    used = delete(RecoveryCode).where(RecoveryCode.account_id == account_id, RecoveryCode.digest == _digest(parsed))
    if (await session.execute(used.returning(RecoveryCode.id))).first() is None:
        return False
    security_events.note(session, SecurityEventKind.RECOVERY_CODE_USED, account_id=account_id, origin=origin)
    return True


async def _new_codes(session: WriteSession, account_id: int) -> list[str]:
    codes = [opaque.new_invitation_code() for _ in range(RECOVERY_CODES)]
    await session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    await session.execute(insert(RecoveryCode), [{"account_id": account_id, "digest": _digest(code)} for code in codes])
    return codes


async def _is_known_network(session: ReadSession, account_id: int, origin: Origin) -> bool:
    """Whether the account has been signed in to from there, as far back as sessions are kept."""
    addresses = select(Session.address).where(Session.account_id == account_id).distinct().limit(_MOST_NETWORKS)
    known = {rate_limit.address_key(address) for address in await session.scalars(addresses)}
    return rate_limit.address_key(origin.address) in known


async def _tell(session: WriteSession, template: str, account: Account, origin: Origin) -> None:
    # Once an hour: what is turned on and off and on again says nothing new.
    hour = clock.now().strftime("%Y-%m-%dT%H")
    await letters.send_notice(session, template, account=account, origin=origin, key=hour, page="security")


def _purpose(account_id: int) -> str:
    return f"totp {account_id}"


def _digest(code: str) -> bytes:
    return opaque.digest(code)
