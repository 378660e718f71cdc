"""A connection of a process's own beside the pool: for session locks, LISTEN and NOTIFY.

In AUTOCOMMIT, so that it never holds a snapshot; it leaves the pool to those who wait for it. Behind a pooler that
changes connections between transactions it must go to PostgreSQL directly.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy import BigInteger, ColumnElement, Text, bindparam, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from src.database import DISCONNECTS, Database, HotRead

# What a lost connection looks like, from whichever layer it comes.
LOST = (SQLAlchemyError, asyncpg.PostgresError, TimeoutError, *DISCONNECTS)

_SECONDS = 5
_NOTIFY = HotRead(select(func.pg_notify(bindparam("channel", type_=Text), bindparam("said", type_=Text))))


class Line:
    """An open connection; whoever has it sends one statement at a time."""

    def __init__(self, connection: AsyncConnection, driver: "asyncpg.Connection[asyncpg.Record]") -> None:
        """Takes SQLAlchemy's connection and the driver's below it."""
        self._connection = connection
        self._driver = driver

    async def fetch(self, statement: HotRead, **values: object) -> list[asyncpg.Record]:
        """The rows of a statement that is asked all the time."""
        return await self._driver.fetch(statement.sql, *statement.arguments(**values))

    async def try_lock(self, name: str) -> bool:
        """Takes the lock of this name for as long as the connection lives, if nobody else has it."""
        locked: bool = (await self._connection.execute(select(func.pg_try_advisory_lock(key(name))))).scalar_one()
        return locked

    async def unlock(self, name: str) -> None:
        """Gives a lock back."""
        await self._connection.execute(select(func.pg_advisory_unlock(key(name))))

    async def listen(self, channel: str, heard: Callable[[], None]) -> None:
        """Calls `heard` at each NOTIFY of another connection, and when this one is lost."""
        own = self._driver.get_server_pid()
        await self._driver.add_listener(channel, lambda _driver, pid, *_rest: None if pid == own else heard())
        self._driver.add_termination_listener(lambda *_: heard())

    async def hear(self, channel: str, heard: Callable[[str], None], lost: Callable[[], None]) -> None:
        """Calls `heard` with what each NOTIFY of another connection says, and `lost` when this one is lost."""
        own = self._driver.get_server_pid()
        await self._driver.add_listener(
            channel, lambda _driver, pid, _channel, said: None if pid == own else heard(str(said))
        )
        self._driver.add_termination_listener(lambda *_: lost())

    @property
    def is_lost(self) -> bool:
        """Whether the connection is gone."""
        return self._driver.is_closed()

    async def notify(self, channel: str, said: str = "") -> None:
        """Wakes the listeners of all other connections, with less than 8,000 bytes to say."""
        await self.fetch(_NOTIFY, channel=channel, said=said)


def key(name: str) -> ColumnElement[int]:
    """The number that stands for the lock of this name."""
    return func.hashtextextended(f"hearth {name}", 0, type_=BigInteger)


@asynccontextmanager
async def opened(database: Database, *, name: str) -> AsyncIterator[Line]:
    """A line to the server of `database`, seen there under this name.

    Raises:
        what `LOST` names: there is no server to be had, or it went away.
    """
    settings = {"application_name": f"hearth {name}", "statement_timeout": str(_SECONDS * 1000), "jit": "off"}
    engine = create_async_engine(
        database.engine.url,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args={"server_settings": settings, "timeout": _SECONDS, "command_timeout": _SECONDS},
    )
    async with engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        if not isinstance(driver, asyncpg.Connection):
            message = f"unknown driver: {type(driver).__name__}"
            raise TypeError(message)
        yield Line(connection, driver)
