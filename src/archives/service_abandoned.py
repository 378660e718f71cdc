"""Exports and imports whose task has ended without them: cancelled before it began, or crashed too often."""

from sqlalchemy import ColumnElement, delete, select, true, update
from sqlalchemy.orm import InstrumentedAttribute

from src import clock
from src.archives import folder
from src.archives.models import Export, Import
from src.database import WriteSession
from src.tasks import models as tasks_models
from src.tasks.constants import UNFINISHED

Task = tasks_models.Task


def is_over(task_id: InstrumentedAttribute[int | None]) -> ColumnElement[bool]:
    """Whether nobody works on it any more."""
    return task_id.not_in(select(Task.id).where(Task.state.in_(UNFINISHED)))


async def end(session: WriteSession, *, account_id: int | None = None) -> None:
    """Ends those of an account, or of all, with their files as soon as that is certain."""
    imports = update(Import).where(Import.ended_at.is_(None), is_over(Import.task_id), _of(Import, account_id))
    exports = delete(Export).where(Export.made_at.is_(None), is_over(Export.task_id), _of(Export, account_id))
    keys = list((await session.execute(imports.values(ended_at=clock.now()).returning(Import.key))).scalars())
    keys += (await session.execute(exports.returning(Export.key))).scalars()
    if keys:
        session.after_commit(lambda: folder.remove(keys))


def _of(kind: type[Export | Import], account_id: int | None) -> ColumnElement[bool]:
    return true() if account_id is None else kind.account_id == account_id
