"""A PostgreSQL that is there but takes nobody yet: whoever asks is told to come again, by whichever way they read."""

import asyncio
import struct
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import BigInteger, bindparam, select

from src.database import Database, HotRead
from src.exceptions import Unavailable
from src.problems import problem_of
from tests.listening import listening

pytestmark = pytest.mark.system

# https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-ERRORRESPONSE
_FIELDS = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"
_REFUSAL = b"E" + struct.pack("!i", len(_FIELDS) + 4) + _FIELDS

_ONE = HotRead(select(bindparam("number", type_=BigInteger)))


async def _refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    (length,) = struct.unpack("!i", await reader.readexactly(4))
    await reader.readexactly(length - 4)
    writer.write(_REFUSAL)
    writer.close()
    await writer.wait_closed()


@pytest.fixture
async def starting() -> AsyncIterator[Database]:
    """A database whose server is starting up."""
    async with listening(_refuse) as port:
        database = Database(f"postgresql+asyncpg://hearth@127.0.0.1:{port}/hearth?ssl=disable")
        yield database
        await database.close()


async def test_a_hot_read_is_told_to_come_again(starting: Database) -> None:
    with pytest.raises(Exception, match="starting up") as caught:
        await _ONE.fetch(starting, number=1)
    assert isinstance(problem_of(caught.value), Unavailable)


async def test_sessions_are_told_to_come_again(starting: Database) -> None:
    for opened in (starting.read, starting.write):
        with pytest.raises(Exception, match="starting up") as caught:
            async with opened() as session:
                await session.execute(select(1))
        assert isinstance(problem_of(caught.value), Unavailable)
