"""What admins do to accounts, and what the end of an account begins with. All of it ends the account's credentials."""

from collections.abc import Mapping

from sqlalchemy import select

from src.auth import api_keys, audit, bots, invitations, second_factors, security_events, sessions
from src.auth import service as accounts
from src.auth.callers import Caller, Origin
from src.auth.constants import AccountState, SecurityEventKind
from src.auth.constants import Permission as AuthPermission
from src.auth.constants import Role as Word
from src.auth.exceptions import AccountIsBot, AccountNotFound, AccountSuspended, InvalidToken, OwnAccount
from src.auth.models import Account
from src.database import WriteSession
from src.feature import Role


async def set_role(session: WriteSession, *, caller: Caller, account_id: int, role: Role, origin: Origin) -> None:
    """Gives an account a role; nothing happens if it has it.

    Raises:
        OwnAccount: it is the caller's.
        AccountNotFound: there is no such account.
        AccountIsBot: it stays what it is.
    """
    account = await _locked(session, caller=caller, account_id=account_id)
    await _give_role(session, account, role, caller, origin)


async def make_admin(session: WriteSession, *, username: str) -> Account:
    """Makes an admin of an account, by whoever holds the machine; nothing happens if it is one.

    Raises:
        AccountNotFound: there is no such account.
        AccountSuspended: it may not act.
        AccountIsBot: nobody signs in to it.
    """
    found = await accounts.find_by_login(session, name=username)
    if found is None:
        raise AccountNotFound
    if found.state is not AccountState.ACTIVE:
        raise AccountSuspended
    account = await accounts.lock_active(session, account_id=found.id)
    await _give_role(session, account, Role.ADMIN, None, security_events.NOWHERE)
    return account


async def suspend(session: WriteSession, *, caller: Caller, account_id: int, origin: Origin) -> None:
    """Keeps an account and its bots from acting; nothing happens if it is suspended.

    Raises:
        OwnAccount: it is the caller's.
        AccountNotFound: there is no such account.
    """
    account = await _locked(session, caller=caller, account_id=account_id)
    if account.state is AccountState.SUSPENDED:
        await bots.stand_alone(session, account_id=account.id)
        return
    account.state = AccountState.SUSPENDED
    await end_credentials(session, account_id=account.id)
    await bots.suspend_with(session, owner_id=account.id)
    await invitations.void(session, inviter_id=account.id)
    _note(session, SecurityEventKind.SUSPENDED, account, caller, origin)
    _audit(session, "auth.account_suspended", account, caller)


async def restore(session: WriteSession, *, caller: Caller, account_id: int, origin: Origin) -> None:
    """Lets a suspended account act again; nothing happens if it may. Its owner signs in anew.

    With it come back those of its bots that were suspended because of it alone.

    Raises:
        OwnAccount: it is the caller's.
        AccountNotFound: there is no such account.
    """
    account = await _locked(session, caller=caller, account_id=account_id)
    if account.state is AccountState.ACTIVE:
        return
    account.state = AccountState.ACTIVE
    await bots.stand_alone(session, account_id=account.id)
    await bots.restore_with(session, owner_id=account.id)
    _note(session, SecurityEventKind.RESTORED, account, caller, origin)
    _audit(session, "auth.account_restored", account, caller)


async def end_sessions(session: WriteSession, *, caller: Caller, account_id: int, origin: Origin) -> None:
    """Signs an account out everywhere and ends its keys.

    Raises:
        OwnAccount: it is the caller's.
        AccountNotFound: there is no such account.
    """
    account = await _locked(session, caller=caller, account_id=account_id)
    await end_credentials(session, account_id=account.id)
    _note(session, SecurityEventKind.SESSION_ENDED, account, caller, origin)
    _audit(session, "auth.account_signed_out", account, caller)


async def take_second_factor(session: WriteSession, *, caller: Caller, account_id: int, origin: Origin) -> None:
    """Takes away the second factor of somebody who has lost it; nothing happens if they have none.

    Whoever asks for it may not be whom they say they are, so the account is signed out and told by a letter.

    Raises:
        OwnAccount: it is the caller's.
        AccountNotFound: there is no such account.
    """
    account = await _locked(session, caller=caller, account_id=account_id)
    if account.second_factor_at is None:
        return
    await second_factors.take_away(session, account=account, origin=origin, actor_id=caller.account_id)
    await end_credentials(session, account_id=account.id)
    _audit(session, "auth.second_factor_taken", account, caller)


async def mark_deleted(session: WriteSession, *, account_id: int) -> list[int]:
    """From here on the account and its bots do not exist for anybody; erasing their data may take its time.

    Returns:
        The bots that go with it.

    Raises:
        AccountNotFound: there is no such account.
    """
    statement = select(Account).where(Account.id == account_id).with_for_update(key_share=True)
    account = (await session.scalars(statement)).one_or_none()
    if account is None or account.state is AccountState.DELETED:
        raise AccountNotFound
    account.state = AccountState.DELETED
    await end_credentials(session, account_id=account.id)
    await invitations.void(session, inviter_id=account.id)
    return await bots.mark_deleted_with(session, owner_id=account.id)


async def end_credentials(session: WriteSession, *, account_id: int) -> None:
    """Ends all sessions and keys of an account, whose row the caller has locked, and the keys of its bots.

    What for is noted by whoever calls.
    """
    await sessions.end_all(session, account_id=account_id)
    await api_keys.end_all(session, account_id=account_id)


async def _locked(session: WriteSession, *, caller: Caller, account_id: int) -> Account:
    """The account, locked together with the admin's own: of two admins who depose each other one is too late."""
    if account_id == caller.account_id:
        raise OwnAccount
    ids = (account_id, caller.account_id)
    statement = select(Account).where(Account.id.in_(ids)).order_by(Account.id).with_for_update(key_share=True)
    found = {account.id: account for account in await session.scalars(statement)}
    actor, account = found.get(caller.account_id), found.get(account_id)
    if actor is None or actor.role is not Role.ADMIN or actor.state is not AccountState.ACTIVE:
        raise InvalidToken
    await accounts.hold_credential(session, caller=caller)
    if account is None or account.state is AccountState.DELETED:
        raise AccountNotFound
    return account


async def _give_role(
    session: WriteSession, account: Account, role: Role, caller: Caller | None, origin: Origin
) -> None:
    if account.role is role:
        return
    if await bots.is_bot(session, account_id=account.id):
        raise AccountIsBot
    before, account.role = account.role, role
    await end_credentials(session, account_id=account.id)
    if role < AuthPermission.INVITE.least:
        await invitations.void(session, inviter_id=account.id)
    _note(session, SecurityEventKind.ROLE_CHANGED, account, caller, origin)
    details = {"from": Word.of(before), "to": Word.of(role)}
    _audit(session, "auth.role_changed", account, caller, details)


def _note(
    session: WriteSession, kind: SecurityEventKind, account: Account, caller: Caller | None, origin: Origin
) -> None:
    actor_id = None if caller is None else caller.account_id
    security_events.note(session, kind, account_id=account.id, origin=origin, actor_id=actor_id)


def _audit(
    session: WriteSession,
    action: str,
    account: Account,
    caller: Caller | None,
    details: Mapping[str, str] | None = None,
) -> None:
    audit.note(session, caller=caller, action=action, subject="account", subject_id=account.id, details=details)
