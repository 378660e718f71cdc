"""What letters and authenticators call this server: the name that it was given, or the host of its address.

Who gives it a name stands above mail, so the process that opens the database says how it is read.
"""

from collections.abc import Awaitable, Callable
from weakref import WeakKeyDictionary

from src.database import Database, ReadSession
from src.mail import rendering

ReadName = Callable[[ReadSession], Awaitable[str | None]]

_readers: WeakKeyDictionary[Database, ReadName] = WeakKeyDictionary()


def attach(database: Database, read: ReadName) -> None:
    """From now on, the name is what this gives, unless it gives none."""
    _readers[database] = read


def reader_of(database: Database) -> ReadName:
    """What gives the name that this server was given, for whoever has a session of this database already."""
    return _readers.get(database, _nameless)


async def name_of(database: Database) -> str:
    """The server's name."""
    async with database.read() as session:
        given = await reader_of(database)(session)
    return given or rendering.site_name()


async def _nameless(_session: ReadSession) -> str | None:
    return None
