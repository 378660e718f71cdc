"""What a request costs: the statements that reach the driver while it is answered."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from http import HTTPStatus
from typing import Any

import asyncpg
import httpx
from asyncpg.prepared_stmt import PreparedStatement
from sqlalchemy import event

from src.database import Database
from tests.hearth import Person

# What the driver asks by itself, once for each connection and type.
_ITS_OWN = ("current_setting('jit')", "typeinfo_tree")
_fetch = PreparedStatement.fetch
_sent: ContextVar[list[str] | None] = ContextVar("_sent", default=None)

Count = Callable[..., Awaitable[list[str]]]
"""`await count(person, path, method="GET", **request)`: the statements of one request that succeeds."""


def _note(query: str) -> None:
    sent = _sent.get()
    foreign = query.startswith(("BEGIN", "ROLLBACK", "COMMIT")) or any(words in query for words in _ITS_OWN)
    if sent is not None and not foreign:
        sent.append(query)


def _note_logged(record: "asyncpg.connection.LoggedQuery") -> None:
    _note(record.query)


async def _fetch_noted(statement: "PreparedStatement[asyncpg.Record]", *arguments: object) -> list[asyncpg.Record]:
    _note(statement.get_query())
    return await _fetch(statement, *arguments)


@asynccontextmanager
async def counting(database: Database) -> AsyncIterator[Count]:
    """Listens to the driver for the length of the block."""
    engine = database.engine

    def listen(connection: Any, _record: object) -> None:
        connection.driver_connection.add_query_logger(_note_logged)

    event.listen(engine.sync_engine, "connect", listen)
    await engine.dispose()
    # Of prepared statements, which SQLAlchemy uses, the driver logs nothing.
    PreparedStatement.fetch = _fetch_noted  # type: ignore[method-assign, assignment]

    async def ask(person: Person, path: str, method: str = "GET", **request: object) -> list[str]:
        token = _sent.set([])
        try:
            sent: Any = request
            response: httpx.Response = await person.client.request(method, path, **sent)
            assert response.status_code < HTTPStatus.BAD_REQUEST, response.text
            # The driver tells in the loop's next round.
            await asyncio.sleep(0)
            return _sent.get() or []
        finally:
            _sent.reset(token)

    try:
        yield ask
    finally:
        PreparedStatement.fetch = _fetch  # type: ignore[method-assign]
        event.remove(engine.sync_engine, "connect", listen)
