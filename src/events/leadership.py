"""Which process leads the relay, as the database sees it."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import BigInteger, Text, cast, column, func, literal_column, select, table

from src.database import ReadSession
from src.events import line
from src.events.constants import LEADER_LOCK, TO_KAFKA

_Locks: Final = table(
    "pg_locks", *map(column, ("locktype", "database", "classid", "objid", "objsubid", "pid", "granted"))
)
_Sessions: Final = table(
    "pg_stat_activity", column("pid"), column("application_name", Text), column("client_addr"), column("datname", Text)
)
# https://www.postgresql.org/docs/current/view-pg-locks.html: a key of 64 bits stands in two columns.
_KEY: Final = (
    cast(_Locks.c.classid, BigInteger)
    .op("<<", return_type=BigInteger)(literal_column("32"))
    .op("|", return_type=BigInteger)(cast(_Locks.c.objid, BigInteger))
)


@dataclass(frozen=True, slots=True)
class Leader:
    """Who leads.

    Attributes:
        pid: of its connection, to PostgreSQL.
        place: the machine that it is on.
        is_to_kafka: it brings events to Kafka, and leaves the AFTER handlers to consumers behind it.
    """

    pid: int
    place: str
    is_to_kafka: bool


async def leader(session: ReadSession) -> Leader | None:
    """The process that leads; None if there is none."""
    statement = (
        select(_Sessions.c.pid, cast(_Sessions.c.client_addr, Text), _Sessions.c.application_name)
        .join_from(_Locks, _Sessions, _Locks.c.pid == _Sessions.c.pid)
        .where(
            _Locks.c.locktype == "advisory",
            _Locks.c.objsubid == 1,
            _Locks.c.granted,
            _Sessions.c.datname == func.current_database(),
            line.key(LEADER_LOCK) == _KEY,
        )
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        return None
    return Leader(row[0], row[1] or "this machine", (row[2] or "").endswith(TO_KAFKA))
