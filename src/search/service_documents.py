"""Documents that are written off the path of requests, for whatever has texts."""

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import InstrumentedAttribute

from src.database import Database
from src.models import Identified
from src.search.constants import DOCUMENTS_BATCH


async def write_missing(
    database: Database,
    model: type[Identified],
    kept: InstrumentedAttribute[str | None],
    document: ColumnElement[str],
) -> None:
    """Writes the documents that are missing, the newest first, so many in each transaction.

    Args:
        database: where they are missing.
        model: of what.
        kept: the column that keeps them, null as long as one has to be written.
        document: what is written, by the model's columns.
    """
    waiting = (
        select(model.id)
        .where(kept.is_(None))
        .order_by(model.id.desc())
        .limit(DOCUMENTS_BATCH)
        .with_for_update(skip_locked=True)
    )
    statement = update(model).where(model.id.in_(waiting)).values({kept: document}).returning(model.id)
    written = DOCUMENTS_BATCH
    while written == DOCUMENTS_BATCH:
        async with database.write() as session:
            done = await session.scalars(statement.execution_options(synchronize_session=False))
            written = len(done.all())
