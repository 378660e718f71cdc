"""What this package gives an account to take along, and how the account itself is erased, last of all."""

from typing import Any

from sqlalchemy import ColumnElement, Select, delete, inspect, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from src import idempotency
from src.auth import usernames
from src.auth.models import (
    Account,
    ApiKey,
    AuditEntry,
    Bot,
    Invitation,
    OneTimeLink,
    RecoveryCode,
    RetiredUsername,
    SecurityEvent,
    Session,
    TotpSecret,
)
from src.database import WriteSession
from src.feature import Statements
from src.mail import service as mail_service
from src.models import Base

# Secrets, or what could be used to find them.
_LEFT_OUT = frozenset({"password_hash", "digest", "fingerprint", "body", "sealed"})


def export(account_id: int) -> Statements:
    """The account's rows by table, without secrets."""
    return {
        kind.__tablename__: _rows(kind, mine)
        for kind, mine in (
            (Account, Account.id == account_id),
            (Bot, or_(Bot.account_id == account_id, Bot.owner_id == account_id)),
            (Session, Session.account_id == account_id),
            (ApiKey, ApiKey.account_id == account_id),
            (Invitation, or_(Invitation.inviter_id == account_id, Invitation.used_by_id == account_id)),
            (OneTimeLink, OneTimeLink.account_id == account_id),
            (TotpSecret, TotpSecret.account_id == account_id),
            (RecoveryCode, RecoveryCode.account_id == account_id),
            (SecurityEvent, SecurityEvent.account_id == account_id),
            (AuditEntry, AuditEntry.actor_id == account_id),
            (idempotency.StoredAnswer, idempotency.StoredAnswer.account_id == account_id),
        )
    }


async def erase(session: WriteSession, account_id: int) -> None:
    """Removes the account and everything that acted for it; what it did to others loses its name."""
    account = await session.get(Account, account_id)
    if account is not None:
        await _retire(session, account)
    for statement in (
        delete(OneTimeLink).where(OneTimeLink.account_id == account_id),
        delete(TotpSecret).where(TotpSecret.account_id == account_id),
        delete(RecoveryCode).where(RecoveryCode.account_id == account_id),
        delete(idempotency.StoredAnswer).where(idempotency.StoredAnswer.account_id == account_id),
        delete(SecurityEvent).where(SecurityEvent.account_id == account_id),
        update(AuditEntry).where(AuditEntry.actor_id == account_id).values(actor_id=None),
        update(SecurityEvent).where(SecurityEvent.actor_id == account_id).values(actor_id=None),
        delete(Invitation).where(Invitation.inviter_id == account_id),
        update(Invitation).where(Invitation.used_by_id == account_id).values(used_by_id=None),
        delete(ApiKey).where(ApiKey.account_id == account_id),
        delete(Session).where(Session.account_id == account_id),
        delete(Bot).where(Bot.account_id == account_id),
        # Those that are left are being erased, too.
        update(Bot).where(Bot.owner_id == account_id).values(owner_id=None),
        delete(Account).where(Account.id == account_id),
    ):
        await session.execute(statement)


async def _retire(session: WriteSession, account: Account) -> None:
    """Keeps the name from others, and takes back letters that have not been sent, to an address of the future too."""
    retired = insert(RetiredUsername).values(digest=usernames.digest(account.username))
    await session.execute(retired.on_conflict_do_nothing())
    links = select(OneTimeLink.email).where(OneTimeLink.account_id == account.id)
    for email in {*await session.scalars(links), account.email} - {None}:
        await mail_service.forget(session, to=str(email))


def _rows(kind: type[Base], mine: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    mapper = inspect(kind)
    columns = [column for column in mapper.columns if column.name not in _LEFT_OUT]
    return select(*columns).where(mine).order_by(*mapper.primary_key)
