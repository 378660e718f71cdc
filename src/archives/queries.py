"""The statements by which accounts leave."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import column, delete, func, select, table, update
from sqlalchemy.dialects.postgresql import insert

from src.archives.models import Deletion, Erasure
from src.auth import models as auth_models
from src.database import ReadSession, WriteSession

Account = auth_models.Account
# Years of posts take longer to delete than a request may take.
_NO_LIMIT = (
    select(func.set_config(column("name"), "0", True))
    .select_from(table("pg_settings"))
    .where(column("name").in_(("statement_timeout", "transaction_timeout")))
)


async def due(session: ReadSession, *, now: datetime, count: int) -> Sequence[int]:
    """Accounts whose time has come and that are not gone yet, the longest waiting first."""
    waiting = select(Deletion.account_id).where(Deletion.finished_at.is_(None), Deletion.due_at <= now)
    return (await session.scalars(waiting.order_by(Deletion.due_at).limit(count))).all()


async def begin(session: WriteSession, *, account_id: int, now: datetime) -> bool | None:
    """Closes the way back: True the first time, False when it goes on, None if the owner has taken it.

    The account is locked before, as by whoever takes it.
    """
    account = select(Account.id).where(Account.id == account_id)
    await session.execute(account.with_for_update(key_share=True))
    row = select(Deletion).where(Deletion.account_id == account_id, Deletion.finished_at.is_(None))
    deletion = (await session.scalars(row.with_for_update())).one_or_none()
    if deletion is None:
        return None
    is_first = deletion.begun_at is None
    deletion.begun_at = deletion.begun_at or now
    return is_first


async def finish(session: WriteSession, *, account_id: int, now: datetime) -> None:
    """Nothing of the account is left."""
    await session.execute(update(Deletion).where(Deletion.account_id == account_id).values(finished_at=now))


async def note_erasure(session: WriteSession, *, account_id: int, package: str, now: datetime) -> bool:
    """Writes the ledger; False if it says already that the package is done. A second process waits for the first."""
    noted = insert(Erasure).values(account_id=account_id, package=package, erased_at=now).on_conflict_do_nothing()
    return (await session.execute(noted.returning(Erasure.package))).first() is not None


async def forget_erasures(session: WriteSession, *, account_id: int) -> None:
    """Empties the ledger: each package is asked again."""
    await session.execute(delete(Erasure).where(Erasure.account_id == account_id))


async def lift_limits(session: WriteSession) -> None:
    """Lets the statements of this transaction take as long as they need."""
    await session.execute(_NO_LIMIT)
