"""Whether the owner sits before a session, and not who found it open: asked anew for what is sensitive."""

from sqlalchemy import select, update

from src import clock
from src.auth import proofs, second_factor_login, second_factors
from src.auth import service as accounts
from src.auth.authenticator import Authenticator
from src.auth.callers import Caller, Origin
from src.auth.constants import REAUTHENTICATED_FOR
from src.auth.exceptions import ReauthenticationRequired, WrongCode
from src.auth.models import Session
from src.auth.schemas import Reauthentication
from src.database import Database, ReadSession, WriteSession, exists


async def reauthenticate(
    database: Database, authenticator: Authenticator, *, caller: Caller, data: Reauthentication, origin: Origin
) -> None:
    """Marks the caller's session for ten minutes.

    Raises:
        TooManyAttempts: too many wrong passwords from there.
        WrongPassword: the password is another.
        WrongCode: a second factor is on, and there is no code with the password, or a wrong one.
        PasswordsBusy: too many others are signing in.
    """
    seen = await proofs.prove_password(database, authenticator, caller=caller, password=data.password, origin=origin)
    name = second_factor_login.attempts_name(seen.id)
    with authenticator.attempts.trying(name, origin.address, now=clock.now()) as attempt:
        async with database.write() as session:
            is_right = await _prove_code(session, authenticator, caller, data.code, origin)
            if is_right:
                mine = update(Session).where(Session.id == caller.session_id, Session.ended_at.is_(None))
                await session.execute(mine.values(reauthenticated_at=clock.now()))
        if not is_right:
            if data.code is not None:
                attempt.failed()
            raise WrongCode


async def _prove_code(
    session: WriteSession, authenticator: Authenticator, caller: Caller, code: str | None, origin: Origin
) -> bool:
    account = await accounts.lock_caller(session, caller=caller)
    if account.second_factor_at is None:
        return True
    if code is None:
        return False
    verdict = await second_factors.check(session, authenticator.sealer, account=account, code=code, origin=origin)
    return verdict is second_factors.Verdict.RIGHT


async def require(session: ReadSession, *, caller: Caller) -> None:
    """Lets the caller's session pass if it may do what is sensitive.

    Raises:
        ReauthenticationRequired: its owner was asked too long ago.
    """
    since = clock.now() - REAUTHENTICATED_FOR
    mine = select(Session.id).where(Session.id == caller.session_id, Session.account_id == caller.account_id)
    if not await exists(session, mine.where(Session.ended_at.is_(None), Session.reauthenticated_at > since)):
        raise ReauthenticationRequired
