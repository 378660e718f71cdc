"""What operators ask the database: small statements that are cheap on a database of any size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, DateTime, Text, column, func, literal_column, select, table

from src import clock
from src.database import ReadSession
from src.events import models as events_models
from src.tasks import models as tasks_models

_REVISION = select(column("version_num", Text)).select_from(table("alembic_version"))
_VERSION = select(func.current_setting("server_version_num"), func.current_setting("server_version"))
_SIZE = select(func.pg_database_size(func.current_database()))
# The database's clock at this moment, not at the transaction's begin.
_CLOCK = select(literal_column("clock_timestamp()", DateTime(timezone=True)))
_NO_LIMIT = select(func.set_config(column("name"), "0", True)).select_from(table("pg_settings"))
_TIMEOUTS = ("statement_timeout", "transaction_timeout")


@dataclass(frozen=True)
class Version:
    """PostgreSQL's version, to compare and to show."""

    major: int
    text: str


async def revision(session: ReadSession) -> str | None:
    """Where the schema stands; None for a database without one revision."""
    return (await session.execute(_REVISION)).scalar_one_or_none()


async def version(session: ReadSession) -> Version:
    """Which PostgreSQL it is."""
    number, text = (await session.execute(_VERSION)).one()
    return Version(int(number) // 10_000, text)


async def size(session: ReadSession) -> int:
    """The bytes of the database on disk."""
    found: int = (await session.execute(_SIZE)).scalar_one()
    return found


async def clock_skew(session: ReadSession) -> timedelta:
    """How far the database's clock is ahead of this process's, give or take half of a round trip."""
    before = clock.now()
    theirs: datetime = (await session.execute(_CLOCK)).scalar_one()
    after = clock.now()
    return theirs - (before + (after - before) / 2)


async def lift_limits(session: ReadSession) -> None:
    """Lets the statements of this transaction take as long as they need."""
    await session.execute(_NO_LIMIT.where(column("name").in_(_TIMEOUTS)))


async def estimate(session: ReadSession, names: Sequence[str]) -> Mapping[str, int]:
    """About how many rows these tables have, as PostgreSQL itself keeps count."""
    relation = table("pg_class", column("oid"), column("relname"), column("reltuples"))
    live = func.pg_stat_get_live_tuples(relation.c.oid, type_=BigInteger)
    rows = func.greatest(relation.c.reltuples.cast(BigInteger), live, 0)
    wanted = relation.c.oid.in_([func.to_regclass(name) for name in names])
    found = await session.execute(select(relation.c.relname, rows).where(wanted))
    return dict(found.all())


@dataclass(frozen=True)
class Table:
    """A table with its indexes and what is stored beside it."""

    name: str
    bytes: int
    rows: int


async def tables(session: ReadSession) -> list[Table]:
    """All tables, the largest first, with about how many rows they have."""
    relation = table("pg_class", column("oid"), column("relname"), column("reltuples"), column("relkind"))
    size = func.pg_total_relation_size(relation.c.oid, type_=BigInteger)
    live = func.pg_stat_get_live_tuples(relation.c.oid, type_=BigInteger)
    rows = func.greatest(relation.c.reltuples.cast(BigInteger), live, 0)
    ours = relation.c.relkind.in_(["r", "p"]) & func.pg_table_is_visible(relation.c.oid)
    outer = relation.c.relname.not_like("pg\\_%", escape="\\")
    statement = select(relation.c.relname, size, rows).where(ours, outer).order_by(size.desc(), relation.c.relname)
    return [Table(*row) for row in await session.execute(statement)]


async def dead_letters(session: ReadSession) -> int:
    """How many events were set aside because a package could not handle them."""
    return (await session.execute(select(func.count()).select_from(events_models.DeadLetter))).scalar_one()


async def tasks_by_state(session: ReadSession) -> Mapping[str, int]:
    """How many tasks there are in each state."""
    state = tasks_models.Task.state
    counted = select(state, func.count()).group_by(state).order_by(state)
    return dict((await session.execute(counted)).all())
