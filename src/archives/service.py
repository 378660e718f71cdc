"""Asking to be deleted, and changing one's mind."""

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects.postgresql import insert

from src import clock
from src.archives.constants import DELAY
from src.archives.exceptions import DeletionNotAsked, LastAdmin
from src.archives.models import Deletion
from src.auth import administration, letters, security_events
from src.auth import callers as auth_callers
from src.auth import models as auth_models
from src.auth import service as accounts
from src.auth.constants import AccountState
from src.auth.constants import SecurityEventKind as AuthEventKind
from src.database import ReadSession, WriteSession, exists
from src.feature import Role


async def ask(session: WriteSession, *, caller: auth_callers.Caller, origin: auth_callers.Origin) -> Deletion:
    """Has the caller's account deleted in a week, and signs it out everywhere; asked for before, nothing changes.

    Raises:
        LastAdmin: nobody else could administer the server.
    """
    await _lock_admins(session, account_id=caller.account_id)
    account = await accounts.lock_caller(session, caller=caller)
    if account.role is Role.ADMIN and not await _has_another_admin(session, but=account.id):
        raise LastAdmin
    now = clock.now()
    asked = insert(Deletion).values(account_id=account.id, asked_at=now, due_at=now + DELAY)
    await session.execute(asked.on_conflict_do_nothing())
    deletion = await session.get_one(Deletion, account.id)
    await administration.end_credentials(session, account_id=account.id)
    security_events.note(session, AuthEventKind.DELETION_REQUESTED, account_id=account.id, origin=origin)
    await letters.send_notice(
        session,
        "deletion_requested",
        account=account,
        origin=origin,
        key=deletion.asked_at.isoformat(),
        page="deletion",
        day=deletion.due_at.date().isoformat(),
    )
    return deletion


async def find(session: ReadSession, *, caller: auth_callers.Caller) -> Deletion:
    """When the caller's account will be deleted.

    Raises:
        DeletionNotAsked: it stays.
    """
    deletion = await session.get(Deletion, caller.account_id)
    if deletion is None:
        raise DeletionNotAsked
    return deletion


async def withdraw(session: WriteSession, *, caller: auth_callers.Caller, origin: auth_callers.Origin) -> None:
    """Keeps the caller's account.

    Raises:
        DeletionNotAsked: nobody has asked to delete it.
    """
    account = await accounts.lock_caller(session, caller=caller)
    mine = delete(Deletion).where(Deletion.account_id == account.id, Deletion.begun_at.is_(None))
    if (await session.execute(mine.returning(Deletion.account_id))).first() is None:
        raise DeletionNotAsked
    security_events.note(session, AuthEventKind.DELETION_WITHDRAWN, account_id=account.id, origin=origin)


async def delete_now(session: WriteSession, *, account_id: int) -> None:
    """Deletes an account that nobody signs in to, without a week in between: the next job erases what it holds.

    Raises:
        AccountNotFound: there is no such account.
    """
    now = clock.now()
    await close(session, account_id=account_id)
    await session.execute(insert(Deletion).values(account_id=account_id, asked_at=now, due_at=now, begun_at=now))


async def close(session: WriteSession, *, account_id: int) -> list[int]:
    """From here on an account does not exist, and its bots go with it; these are returned.

    Raises:
        AccountNotFound: there is no such account.
    """
    now = clock.now()
    bots = await administration.mark_deleted(session, account_id=account_id)
    if bots:
        rows = [{"account_id": id_, "asked_at": now, "due_at": now, "begun_at": now} for id_ in bots]
        await session.execute(insert(Deletion).values(rows).on_conflict_do_nothing())
    return bots


async def _lock_admins(session: WriteSession, *, account_id: int) -> None:
    """Locks all admins and the account, in the order in which everybody locks accounts: the last two leave in turn."""
    account = auth_models.Account
    rows = select(account.id).where(or_(account.role == Role.ADMIN, account.id == account_id)).order_by(account.id)
    await session.execute(rows.with_for_update(key_share=True))


async def _has_another_admin(session: ReadSession, *, but: int) -> bool:
    """Whether there is an admin who stays."""
    account = auth_models.Account
    others = select(account.id).where(
        account.role == Role.ADMIN,
        account.state == AccountState.ACTIVE,
        account.id != but,
        account.id.not_in(select(Deletion.account_id)),
    )
    return await exists(session, others)
