"""What this package gives an account to take along, and how the account itself is erased, last of all."""

from typing import Any

from sqlalchemy import ColumnElement, delete, inspect, or_, select, update

from src import idempotency
from src.auth.models import (
    Account,
    ApiKey,
    Invitation,
    OneTimeLink,
    RecoveryCode,
    SecurityEvent,
    Session,
    TotpSecret,
)
from src.database import ReadSession, WriteSession
from src.mail import service as mail_service
from src.models import Base

# Secrets, or what could be used to find them.
_LEFT_OUT = frozenset({"password_hash", "digest", "fingerprint", "body", "sealed"})


async def export(session: ReadSession, account_id: int) -> dict[str, list[dict[str, object]]]:
    """The account's rows by table, without secrets."""
    return {
        kind.__tablename__: await _rows(session, kind, mine)
        for kind, mine in (
            (Account, Account.id == account_id),
            (Session, Session.account_id == account_id),
            (ApiKey, ApiKey.account_id == account_id),
            (Invitation, or_(Invitation.inviter_id == account_id, Invitation.used_by_id == account_id)),
            (OneTimeLink, OneTimeLink.account_id == account_id),
            (TotpSecret, TotpSecret.account_id == account_id),
            (RecoveryCode, RecoveryCode.account_id == account_id),
            (SecurityEvent, SecurityEvent.account_id == account_id),
            (idempotency.StoredAnswer, idempotency.StoredAnswer.account_id == account_id),
        )
    }


async def erase(session: WriteSession, account_id: int) -> None:
    """Removes the account and everything that acted for it; what it did to others loses its name."""
    email = await session.scalar(select(Account.email).where(Account.id == account_id))
    if email is not None:
        await mail_service.forget(session, to=email)
    for statement in (
        delete(OneTimeLink).where(OneTimeLink.account_id == account_id),
        delete(TotpSecret).where(TotpSecret.account_id == account_id),
        delete(RecoveryCode).where(RecoveryCode.account_id == account_id),
        delete(idempotency.StoredAnswer).where(idempotency.StoredAnswer.account_id == account_id),
        delete(SecurityEvent).where(SecurityEvent.account_id == account_id),
        update(SecurityEvent).where(SecurityEvent.actor_id == account_id).values(actor_id=None),
        delete(Invitation).where(Invitation.inviter_id == account_id),
        update(Invitation).where(Invitation.used_by_id == account_id).values(used_by_id=None),
        delete(ApiKey).where(ApiKey.account_id == account_id),
        delete(Session).where(Session.account_id == account_id),
        delete(Account).where(Account.id == account_id),
    ):
        await session.execute(statement)


async def _rows(session: ReadSession, kind: type[Base], mine: ColumnElement[bool]) -> list[dict[str, Any]]:
    mapper = inspect(kind)
    columns = [column for column in mapper.columns if column.name not in _LEFT_OUT]
    rows = await session.execute(select(*columns).where(mine).order_by(*mapper.primary_key))
    return [dict(row) for row in rows.mappings()]
