"""Signing in and changing the password: whatever checks a password, which is never done inside a transaction."""

from src import clock
from src.auth import api_keys, challenges, letters, proofs, reauthentication, security_events, sessions, usernames
from src.auth import service as accounts
from src.auth.authenticator import Authenticator
from src.auth.callers import Caller, Origin
from src.auth.constants import AccountState, SecurityEventKind
from src.auth.exceptions import AccountSuspended, InvalidToken, SecondFactorRequired, WrongCredentials, WrongPassword
from src.auth.models import Account
from src.auth.passwords import Verdict
from src.auth.schemas import Login, PasswordChange
from src.database import Database


async def login(database: Database, authenticator: Authenticator, *, data: Login, origin: Origin) -> sessions.Grant:
    """Opens a session; an unknown account is answered like a wrong password, after the same work.

    Raises:
        TooManyAttempts: too many wrong passwords from there.
        WrongCredentials: no such account, or another password.
        AccountSuspended: the right password of an account that may not act.
        SecondFactorRequired: the right password of an account that asks for a code, too.
        PasswordsBusy: too many others are signing in.
    """
    async with database.read() as session:
        account = await accounts.find_by_login(session, name=data.login)
    name = f"login {usernames.normal(data.login)}" if account is None else proofs.attempts_name(account.id)
    with authenticator.attempts.trying(name, origin.address, now=clock.now()) as attempt:
        verdict = await authenticator.hasher.verify(data.password, account.password_hash if account else None)
        if account is None or not verdict.ok:
            attempt.failed()
            if account is not None:
                authenticator.gathered.failed_login(account.id, origin)
            raise WrongCredentials
        attempt.succeeded()
    outcome = await _open_session(database, authenticator, account, verdict, origin)
    if isinstance(outcome, str):
        raise SecondFactorRequired(challenge=outcome)
    return outcome


async def _open_session(
    database: Database, authenticator: Authenticator, seen: Account, verdict: Verdict, origin: Origin
) -> sessions.Grant | str:
    """The grant, or the challenge where a code is asked for."""
    if seen.state is AccountState.SUSPENDED:
        raise AccountSuspended
    async with database.write() as session:
        try:
            account = await accounts.lock_active(session, account_id=seen.id)
        except InvalidToken:
            raise WrongCredentials from None
        # Changed since it was read: the password that was right is not any more.
        if account.password_changed_at != seen.password_changed_at:
            raise WrongCredentials
        if verdict.new_hash is not None:
            account.password_hash = verdict.new_hash
        if account.second_factor_at is not None:
            return challenges.make(authenticator.keyring.refresh_secret, account, now=clock.now())
        return await sessions.start(session, authenticator, account=account, origin=origin)


async def change_password(
    database: Database, authenticator: Authenticator, *, caller: Caller, data: PasswordChange, origin: Origin
) -> None:
    """Changes the caller's password and ends their other sessions and, unless they are to stay, their API keys.

    Who changes it for fear of somebody else must not leave them a key that they made.

    Raises:
        ReauthenticationRequired: the caller has not shown for a while who they are.
        InvalidToken: the caller's session has ended in this moment.
        TooManyAttempts: too many wrong passwords from there.
        WrongPassword: the present password is another.
        PasswordRefused: the new one breaks a rule.
        PasswordsBusy: too many others are signing in.
    """
    async with database.read() as session:
        await reauthentication.require(session, caller=caller)
        known = await accounts.get(session, account_id=caller.account_id)
    accounts.check_password(data.new_password, context=[known.username, known.email], field="new_password")
    seen = await proofs.prove_password(
        database, authenticator, caller=caller, password=data.current_password, origin=origin
    )
    password_hash = await authenticator.hasher.hash_password(data.new_password)
    async with database.write() as session:
        account = await accounts.lock_caller(session, caller=caller)
        if account.password_changed_at != seen.password_changed_at:
            raise WrongPassword
        account.password_hash, account.password_changed_at = password_hash, clock.now()
        await sessions.end_others(session, caller=caller, origin=origin)
        if not data.keep_api_keys:
            await api_keys.end_own(session, caller=caller, origin=origin)
        security_events.note(
            session,
            SecurityEventKind.PASSWORD_CHANGED,
            account_id=account.id,
            origin=origin,
            session_id=caller.session_id,
        )
        await letters.send_notice(
            session,
            "password_changed",
            account=account,
            origin=origin,
            key=account.password_changed_at.isoformat(),
            page="forgotten-password",
        )
