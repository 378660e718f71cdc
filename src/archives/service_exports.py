"""Exports: asked for, made, fetched, gone."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete as delete_rows
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from src import clock
from src.archives import folder, service_abandoned
from src.archives.constants import ACCOUNT_KIND, EXPORT_KEPT, EXPORT_TASK
from src.archives.exceptions import ExportNotFound, ExportUnderWay
from src.archives.models import Export
from src.archives.payloads import ExportPayload
from src.auth import callers as auth_callers
from src.auth import models as auth_models
from src.auth import security_events
from src.auth.constants import SecurityEventKind as AuthEventKind
from src.database import ReadSession, WriteSession
from src.feature import Statements
from src.pagination import Paging, Slice, paginate
from src.tasks import service as tasks_service


async def create(
    session: WriteSession,
    *,
    caller: auth_callers.Caller,
    origin: auth_callers.Origin,
    kind: str = ACCOUNT_KIND,
    thing_id: int | None = None,
) -> Export:
    """Has an archive made of all that the caller owns, or of a thing of this kind that the caller may read.

    Raises:
        ExportUnderWay: one is being made already.
    """
    await service_abandoned.end(session, account_id=caller.account_id)
    made = insert(Export).values(account_id=caller.account_id, kind=kind, thing_id=thing_id, key=folder.new_key())
    made_once = made.on_conflict_do_nothing().returning(Export.id)
    export_id = (await session.execute(made_once)).scalar_one_or_none()
    if export_id is None:
        raise ExportUnderWay
    payload = ExportPayload(export_id=export_id)
    task_id = await tasks_service.enqueue(session, kind=EXPORT_TASK, payload=payload, owner_id=caller.account_id)
    await session.execute(update(Export).where(Export.id == export_id).values(task_id=task_id))
    security_events.note(session, AuthEventKind.EXPORT_REQUESTED, account_id=caller.account_id, origin=origin)
    return await session.get_one(Export, export_id, populate_existing=True)


async def page(session: ReadSession, *, caller: auth_callers.Caller, paging: Paging) -> Slice[Any]:
    """The caller's exports, the newest first."""
    own = select(Export).where(Export.account_id == caller.account_id, ~_is_over(clock.now()))
    return await paginate(session, own, key=Export.id, paging=paging)


async def find(session: ReadSession, *, caller: auth_callers.Caller, export_id: int) -> Export | None:
    """The export, if it is the caller's and has not expired."""
    own = select(Export).where(Export.id == export_id, Export.account_id == caller.account_id)
    return (await session.scalars(own.where(~_is_over(clock.now())))).one_or_none()


async def waiting(session: ReadSession, *, export_id: int) -> Export | None:
    """The export, if it is still to be made."""
    return (await session.scalars(select(Export).where(Export.id == export_id, Export.made_at.is_(None)))).one_or_none()


async def finish(session: WriteSession, *, export_id: int, size: int) -> bool:
    """The file is there; False if nobody waits for it any more."""
    now = clock.now()
    made = update(Export).where(Export.id == export_id, Export.made_at.is_(None))
    made = made.values(bytes=size, made_at=now, expires_at=now + EXPORT_KEPT).returning(Export.id)
    return (await session.execute(made)).first() is not None


async def delete(session: WriteSession, *, export: Export) -> None:
    """Takes an export away, with its file as soon as that is certain.

    Raises:
        ExportNotFound: somebody has, in this moment.
    """
    gone = delete_rows(Export).where(Export.id == export.id).returning(Export.key)
    key = (await session.execute(gone)).scalar_one_or_none()
    if key is None:
        raise ExportNotFound
    session.after_commit(lambda: folder.remove([key]))


async def forget(session: WriteSession, *, export_id: int) -> None:
    """It is not made after all."""
    await session.execute(delete_rows(Export).where(Export.id == export_id, Export.made_at.is_(None)))


async def delete_expired(session: WriteSession) -> list[str]:
    """Forgets exports whose time is over; the keys of their files."""
    gone = delete_rows(Export).where(_is_over(clock.now())).returning(Export.key)
    return list((await session.execute(gone)).scalars())


async def username_of(session: ReadSession, account_id: int) -> str | None:
    """The name of an account that is there."""
    account = auth_models.Account
    return (await session.execute(select(account.username).where(account.id == account_id))).scalar_one_or_none()


async def count(session: ReadSession, statements: Statements) -> int:
    """How many rows these statements find together."""
    numbers = [
        await session.scalar(select(func.count()).select_from(statement.order_by(None).subquery()))
        for statement in statements.values()
    ]
    return sum(number or 0 for number in numbers)


async def be_patient(session: ReadSession) -> None:
    """Lets the disk take its time between two looks at the database."""
    await session.execute(select(func.set_config("idle_in_transaction_session_timeout", "600000", True)))


def _is_over(now: datetime) -> Any:
    return func.coalesce(Export.expires_at <= now, False)
