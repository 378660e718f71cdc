"""The accounts of this server, as admins look them up."""

from typing import Any

from sqlalchemy import Select, func, or_, select

from src.auth.constants import AccountState, Role
from src.auth.exceptions import AccountNotFound
from src.auth.models import Account, ApiKey, Bot, Session
from src.database import ReadSession
from src.pagination import Paging, Slice, paginate


async def page(
    session: ReadSession, *, beginning: str | None, state: AccountState | None, role: Role | None, paging: Paging
) -> Slice[Any]:
    """Accounts, the newest first: whose name or address begins so, in this state, of this role."""
    statement = _accounts()
    if beginning is not None:
        typed = beginning.strip().removeprefix("@").lower()
        statement = statement.where(
            or_(
                Account.username.startswith(typed, autoescape=True),
                func.lower(Account.email).startswith(typed, autoescape=True),
            )
        )
    if state is not None:
        statement = statement.where(Account.state == state)
    if role is not None:
        statement = statement.where(Account.role == role.rank)
    return await paginate(session, statement, key=Account.id, paging=paging)


async def find(session: ReadSession, *, account_id: int) -> Any:
    """One account with what it is used by.

    Raises:
        AccountNotFound: there is none, or none any more.
    """
    found = (await session.execute(_accounts().where(Account.id == account_id))).one_or_none()
    if found is None:
        raise AccountNotFound
    return found


def _accounts() -> Select[*tuple[Any, ...]]:
    live = Session.ended_at.is_(None)
    of_sessions = select(func.count()).where(Session.account_id == Account.id, live).scalar_subquery()
    last_uses = (
        select(func.max(kind.last_used_at)).where(kind.account_id == Account.id).scalar_subquery()
        for kind in (Session, ApiKey)
    )
    statement = select(
        Account,
        Bot.account_id.is_not(None).label("is_bot"),
        Bot.owner_id,
        of_sessions.label("sessions_count"),
        func.greatest(*last_uses).label("last_used_at"),
    )
    return statement.outerjoin(Bot, Bot.account_id == Account.id).where(Account.state != AccountState.DELETED)
