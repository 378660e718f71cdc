"""Accounts: their rules, made and found. Roles, suspension and deletion are in `administration`."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from src import clock
from src.auth import passwords, usernames
from src.auth.callers import Caller
from src.auth.constants import AccountState
from src.auth.exceptions import (
    AccountNotFound,
    EmailTaken,
    InvalidToken,
    PasswordRefused,
    UsernameRefused,
    UsernameTaken,
)
from src.auth.models import Account, ApiKey, Invitation, RetiredUsername, Session
from src.database import ReadSession, WriteSession, exists
from src.exceptions import FieldError
from src.feature import Role
from src.models import id_at


def check_username(username: str) -> None:
    """Lets a username in its normal form pass (`usernames.normal`).

    Raises:
        UsernameRefused: it breaks a rule or is reserved.
    """
    problem = usernames.problem_with(username)
    if problem is not None:
        raise UsernameRefused(errors=[FieldError(loc=["body", "username"], code=problem, message=problem.message)])


def check_password(password: str, *, context: Collection[str | None], field: str = "password") -> None:
    """Lets a password that may be chosen pass.

    Args:
        password: as it was typed.
        context: what others know of the person: username, e-mail address, display name.
        field: its name in the request's body.

    Raises:
        PasswordRefused: it breaks a rule.
    """
    problem = passwords.problem_with(password, context=[word for word in context if word])
    if problem is not None:
        raise PasswordRefused(errors=[FieldError(loc=["body", field], code=problem, message=problem.message)])


async def create_account(
    session: WriteSession,
    *,
    username: str,
    password_hash: str | None,
    email: str | None = None,
    role: Role = Role.MEMBER,
    created_at: datetime | None = None,
) -> Account:
    """An account, whose username and password have passed the checks above.

    Args:
        session: the unit of work.
        username: in its normal form.
        password_hash: what `Hasher.hash_password` gave; None for an account that nobody can sign in to.
        email: as the person typed it.
        role: its role.
        created_at: its date if that is not now, for imports; the id is minted from it.

    Raises:
        UsernameTaken: somebody has this username, or had it.
        EmailTaken: somebody has this address, in whatever case.
    """
    if await session.get(RetiredUsername, usernames.digest(username)) is not None:
        raise UsernameTaken
    instant = created_at or clock.now()
    account = Account(
        id=await session.scalar(select(id_at(instant))),
        username=username,
        email=email,
        password_hash=password_hash,
        role=role,
        state=AccountState.ACTIVE,
        created_at=instant,
    )
    try:
        async with session.begin_nested():
            session.add(account)
    except IntegrityError as error:
        raise _taken(error) from None
    if role is Role.ADMIN:
        # The server's own invitation for its first admin has served its purpose.
        await session.execute(delete(Invitation).where(Invitation.inviter_id.is_(None), Invitation.used_at.is_(None)))
    return account


async def find_by_login(session: ReadSession, *, name: str) -> Account | None:
    """The account that signs in with this username or e-mail address; None if there is none, or none any more."""
    typed = name.strip()
    # No username holds an @ but at its head.
    is_email = "@" in typed[1:]
    named = func.lower(Account.email) == func.lower(typed) if is_email else Account.username == usernames.normal(typed)
    found = await session.scalars(select(Account).where(named, Account.state != AccountState.DELETED))
    account = found.one_or_none()
    # PostgreSQL's lower() makes an ASCII i or k of some signs that are none.
    if account is not None and is_email and account.email is not None and account.email.isascii() != typed.isascii():
        return None
    return account


async def get(session: ReadSession, *, account_id: int) -> Account:
    """An account by its id.

    Raises:
        AccountNotFound: there is none, or none any more.
    """
    account = await session.get(Account, account_id)
    if account is None or account.state is AccountState.DELETED:
        raise AccountNotFound
    return account


async def lock_active(session: WriteSession, *, account_id: int) -> Account:
    """An account, locked: until the end of the unit of work nobody changes or suspends it.

    Raises:
        InvalidToken: it may not act any more; its credentials end at this moment.
    """
    # NO KEY UPDATE: rows that refer to the account can be written meanwhile.
    statement = select(Account).where(Account.id == account_id).with_for_update(key_share=True)
    account = (await session.scalars(statement.execution_options(populate_existing=True))).one_or_none()
    if account is None or account.state is not AccountState.ACTIVE:
        raise InvalidToken
    return account


async def lock_caller(session: WriteSession, *, caller: Caller) -> Account:
    """The caller's own account, locked together with the session or key behind the request (see `hold_credential`).

    Raises:
        InvalidToken: the account may not act any more, or what acts for it has ended.
    """
    account = await lock_active(session, account_id=caller.account_id)
    await hold_credential(session, caller=caller)
    return account


async def hold_credential(session: WriteSession, *, caller: Caller) -> None:
    """Keeps the session or key behind the request from ending before the unit of work does.

    For what outlives the credential that made it: whoever ends one has then ended all that it will ever have made.
    The account is locked before, by everybody who locks both.

    Raises:
        InvalidToken: it ended after the request was let in.
    """
    kind: type[Session | ApiKey] = ApiKey if caller.is_key else Session
    live = select(kind.id).where(kind.id == caller.session_id, kind.ended_at.is_(None))
    if not await exists(session, live.with_for_update(read=True)):
        raise InvalidToken


def _taken(error: IntegrityError) -> UsernameTaken | EmailTaken:
    return EmailTaken() if "uq_accounts_lower_email" in str(error.orig) else UsernameTaken()
