"""The one database: sessions that read, sessions that write, and the few hot reads that skip the session.

- `Database.read()` opens a transaction that PostgreSQL itself holds READ ONLY; `Database.write()` opens the unit of
  work of a request, a job, a handler or a command, and is the only place of the house that commits.
- `ReadDep` and `WriteDep` give a route its session. It is committed *before* the answer leaves (`scope="function"`),
  so an acknowledged write is never lost.
- `HotRead` runs a Core statement, compiled once, by the driver itself on a connection of the same pool; `HotWrite` does
  so inside a unit of work.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any, TypeVar

import asyncpg
import orjson
from fastapi import Depends, Request
from sqlalchemy import ExceptionContext, Executable, Pool, PoolProxiedConnection, Result, Select, UpdateBase, event
from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session
from sqlalchemy.util import greenlet_spawn

# Time-outs of every connection, in milliseconds: the last defence against work that nobody waits for any more.
_SERVER_SETTINGS = {
    "application_name": "hearth",
    "timezone": "UTC",
    "jit": "off",
    "statement_timeout": "5000",
    "lock_timeout": "2000",
    "idle_in_transaction_session_timeout": "10000",
}
_CONNECT_SECONDS = 5
_RECYCLE_SECONDS = 1800
_DIALECT = asyncpg_dialect.dialect()  # type: ignore[no-untyped-call]
# What the driver says of a connection that is about to close; the last one when it has just been told so itself.
_DYING = (asyncpg.AdminShutdownError, asyncpg.CrashShutdownError, asyncpg.InternalClientError)
# The driver's own words for a connection that is gone.
DISCONNECTS = (asyncpg.InterfaceError, asyncpg.PostgresConnectionError, OSError, *_DYING)

T = TypeVar("T")


class _RetryingSession(Session):
    """A session whose first statement is sent once more if the connection turns out to be dead.

    Nothing has been read in the transaction by then, so the caller cannot tell: a restarted database costs reads
    nothing. SQLAlchemy replaces the whole pool at the first disconnect.
    """

    def _first_again(self, run: Callable[[], T]) -> T:
        first = "began" not in self.info
        self.info["began"] = True
        try:
            return run()
        except DBAPIError as error:
            if not (first and error.connection_invalidated):
                raise
            self.rollback()
            return run()

    def execute(self, *args: Any, **kwargs: Any) -> Result[Any]:
        return self._first_again(lambda: super(_RetryingSession, self).execute(*args, **kwargs))

    def scalar(self, *args: Any, **kwargs: Any) -> Any:
        return self._first_again(lambda: super(_RetryingSession, self).scalar(*args, **kwargs))

    def scalars(self, *args: Any, **kwargs: Any) -> Any:
        return self._first_again(lambda: super(_RetryingSession, self).scalars(*args, **kwargs))


class ReadSession(AsyncSession):
    """A transaction that cannot write: PostgreSQL refuses it."""

    sync_session_class: type[Session] = _RetryingSession


class WriteSession(ReadSession):
    """A transaction that may write. Feature code never commits it; whoever opened it does."""

    sync_session_class = Session
    # The driver's connection with the savepoint or transaction of this session in which it was found.
    _driver: tuple[object, Any] = (None, None)

    def after_commit(self, call: Callable[[], None]) -> None:
        """Calls `call` once the transaction is durable; what it does may be lost, so it must be recoverable."""
        self.info.setdefault("after_commit", []).append(call)

    async def fetch(self, sql: str, arguments: Sequence[object]) -> list[asyncpg.Record]:
        """Rows of one statement by the driver, inside this transaction and behind what the session had to write.

        Raises:
            asyncpg.PostgresError: the database refuses it, in the driver's words as with `Database.fetch`.
        """
        if self.new or self.dirty or self.deleted:
            await self.flush()
        driver = self._driver_in_transaction()
        engine: AsyncEngine = self.bind  # type: ignore[assignment]  # as `Database.write` gives it
        pool = engine.pool
        try:
            if driver is None:
                return await greenlet_spawn(self._begin_with, sql, arguments)
            return await driver.fetch(sql, *arguments)
        except DISCONNECTS:
            await self.invalidate()
            await _replace(engine, pool)
            raise
        except (asyncpg.PostgresError, SQLAlchemyError):
            raise
        except BaseException:
            # Cancelled: the statement may still run, so nobody else may have this connection.
            await self.invalidate()
            raise

    def _driver_in_transaction(self) -> "asyncpg.Connection[asyncpg.Record] | None":
        """The driver's connection, once it is known and while this session's transaction runs on it."""
        innermost, driver = self._driver
        return driver if driver and innermost is self._innermost() and driver.is_in_transaction() else None

    def _innermost(self) -> object:
        """The savepoint or transaction that runs. A savepoint, too, begins only when its connection is asked for."""
        return self.sync_session.get_nested_transaction() or self.sync_session.get_transaction()

    def _begin_with(self, sql: str, arguments: Sequence[object]) -> list[asyncpg.Record]:
        """Runs a statement the long way, which begins the transaction if nothing has done so yet."""
        connection = self.sync_session.connection()
        pooled = connection.connection
        self._driver = (self._innermost(), pooled.driver_connection)
        cursor = pooled.cursor()
        try:
            cursor.execute(sql, arguments)
            return list(cursor.fetchall())
        except connection.dialect.loaded_dbapi.Error as error:
            raise error.__cause__ or error from None
        finally:
            cursor.close()


BeforeCommit = Callable[[WriteSession], Awaitable[None]]


def _notice_disconnect(context: ExceptionContext) -> None:
    """SQLAlchemy itself takes only a closed connection for a dead one, and so would keep one that is closing."""
    if isinstance(context.original_exception.__cause__, _DYING):
        context.is_disconnect = True


async def _replace(engine: AsyncEngine, pool: Pool) -> None:
    """Throws all connections of a pool away in which one has turned out to be dead; once."""
    if pool is engine.pool:
        await engine.dispose()


class Database:
    """A pool of connections and the ways to use it."""

    def __init__(
        self, url: str, *, pool_size: int = 10, pool_timeout: float = 2, settings: Mapping[str, str] | None = None
    ) -> None:
        """Opens nothing yet.

        Args:
            url: SQLAlchemy's (`postgresql+asyncpg://…`).
            pool_size: connections at most.
            pool_timeout: how long one is waited for, in seconds.
            settings: of PostgreSQL for each connection, beside those of the house.
        """
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            # A pool that overflows opens connections all the time.
            max_overflow=0,
            pool_timeout=pool_timeout,
            pool_recycle=_RECYCLE_SECONDS,
            pool_use_lifo=True,
            connect_args={"server_settings": _SERVER_SETTINGS | dict(settings or {}), "timeout": _CONNECT_SECONDS},
            json_serializer=lambda value: orjson.dumps(value).decode(),
            json_deserializer=orjson.loads,
        )
        event.listen(self.engine.sync_engine, "handle_error", _notice_disconnect)
        self._reading = self.engine.execution_options(postgresql_readonly=True)
        self._url = url
        self._before_commit: list[BeforeCommit] = []

    def apart(self, connections: int = 1, settings: Mapping[str, str] | None = None) -> "Database":
        """The same database over connections of its own: for what must not wait behind requests.

        Args:
            connections: so many at most.
            settings: what PostgreSQL is to do otherwise on them.
        """
        return Database(self._url, pool_size=connections, settings=settings)

    def before_commit(self, call: BeforeCommit) -> None:
        """Runs `call` in every writing transaction right before its commit; its failure fails the transaction."""
        self._before_commit.append(call)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[ReadSession]:
        """A read-only transaction, rolled back at the end."""
        async with ReadSession(self._reading, expire_on_commit=False) as session:
            yield session

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[ReadSession]:
        """A read-only transaction whose statements all see the moment of its first one, for as long as it is open."""
        frozen = self._reading.execution_options(isolation_level="REPEATABLE READ")
        async with ReadSession(frozen, expire_on_commit=False) as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[WriteSession]:
        """A unit of work: committed when the block ends, rolled back when it raises."""
        session = WriteSession(self.engine, expire_on_commit=False)
        try:
            yield session
            for call in self._before_commit:
                await call(session)
            await session.commit()
        except BaseException:
            # Rolls back, whatever is cancelled meanwhile.
            async with session:
                raise
        # Nothing is left to wait for, so no task has to guard it.
        session.sync_session.close()
        for notify in session.info.get("after_commit", ()):
            notify()

    async def close(self) -> None:
        """Closes all connections of the pool."""
        await self.engine.dispose()

    async def fetch(self, sql: str, arguments: Sequence[object]) -> list[asyncpg.Record]:
        """Rows of one statement, by the driver, without a transaction; once more if the connection was dead."""
        try:
            return await self._fetch(sql, arguments)
        except DISCONNECTS:
            return await self._fetch(sql, arguments)

    async def _fetch(self, sql: str, arguments: Sequence[object]) -> list[asyncpg.Record]:
        pool = self.engine.pool
        pooled = await self._connection()
        driver: asyncpg.Connection[asyncpg.Record] = pooled.driver_connection  # type: ignore[assignment]
        try:
            rows = await driver.fetch(sql, *arguments)
        except DISCONNECTS as error:
            # The driver's errors pass SQLAlchemy by, so the other dead connections are ours to throw away.
            pooled.invalidate(error)
            await _replace(self.engine, pool)
            raise
        except asyncpg.PostgresError:
            pooled.close()
            raise
        except BaseException as error:
            # Cancelled: the statement may still run, so nobody else may have this connection.
            pooled.invalidate(error if isinstance(error, Exception) else None)
            raise
        pooled.close()
        return rows

    async def _connection(self) -> PoolProxiedConnection:
        try:
            return await greenlet_spawn(self.engine.sync_engine.raw_connection)
        except self.engine.dialect.loaded_dbapi.Error as error:
            # A server that is starting up, or has no room, says so here: in the driver's words, as everywhere below.
            raise error.__cause__ or error from None


class _Hot:
    """A statement compiled once at import and run by the driver: for the few that a server spends its life on.

    Rows come back as the driver's records, JSONB in them as values. Parameters are `bindparam` names; literals stay
    literals, so write a fixed LIMIT as `literal_column` where the planner should know it.
    """

    def __init__(self, statement: Select[*tuple[Any, ...]] | UpdateBase) -> None:
        """Compiles the statement with the dialect that the driver understands."""
        compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
        self.sql = str(compiled)
        self._order: Sequence[str] = compiled.positiontup or ()
        # A parameter without a value has to come with each call; None would quietly find nothing.
        self._constants = {name: value for name, value in compiled.params.items() if not compiled.binds[name].required}

    def arguments(self, **values: object) -> list[object]:
        """The parameters in the order of the statement's placeholders."""
        merged = self._constants | values
        return [merged[name] for name in self._order]


class HotRead(_Hot):
    """A hot SELECT, outside of any transaction."""

    async def fetch(self, database: Database, **values: object) -> list[asyncpg.Record]:
        """The rows for these parameters."""
        return await database.fetch(self.sql, self.arguments(**values))


class HotWrite(_Hot):
    """A hot statement that writes, as a part of a unit of work or as one of its own."""

    async def fetch(self, session: WriteSession, **values: object) -> list[asyncpg.Record]:
        """Runs it with these parameters; the rows that it returns."""
        return await session.fetch(self.sql, self.arguments(**values))

    async def alone(self, database: Database, **values: object) -> list[asyncpg.Record]:
        """The same, committed when the rows are there: one way to the database and back.

        For a statement that writes its own events and may run twice: it does when the connection turns out to be dead.
        """
        return await database.fetch(self.sql, self.arguments(**values))


async def database_of(request: Request) -> Database:
    """The database of the process that serves this request."""
    database: Database = request.state.database
    return database


async def unit_of_work(request: Request) -> AsyncIterator[ReadSession]:
    """The one session of a request: read-only for GET and HEAD, a unit of work for everything else."""
    database = await database_of(request)
    reading = request.method in {"GET", "HEAD"}
    async with database.read() if reading else database.write() as session:
        yield session


ReadDep = Annotated[ReadSession, Depends(unit_of_work, scope="function")]


async def writing(session: ReadDep) -> WriteSession:
    """The request's session, for what writes.

    Raises:
        TypeError: a route that reads asks for it.
    """
    if not isinstance(session, WriteSession):
        message = "a GET route takes ReadDep"
        raise TypeError(message)
    return session


WriteDep = Annotated[WriteSession, Depends(writing)]
DatabaseDep = Annotated[Database, Depends(database_of)]


async def exists(session: ReadSession, statement: Executable) -> bool:
    """Whether the statement finds a row."""
    return (await session.execute(statement)).first() is not None


def sqlstate_of(error: BaseException) -> str | None:
    """PostgreSQL's five-letter code of a driver's error, also when SQLAlchemy has wrapped it."""
    for candidate in (error, getattr(error, "orig", None), error.__cause__):
        state = getattr(candidate, "sqlstate", None)
        if isinstance(state, str):
            return state
    return None
