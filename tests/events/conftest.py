"""A server of each worker's own, and a database with a table for effects."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from src.database import Database
from tests.cluster import Cluster, serving
from tests.spare import Spare

_EFFECTS = "CREATE TABLE effects (id bigint GENERATED ALWAYS AS IDENTITY, note text NOT NULL, number bigint NOT NULL)"


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Not the shared one: the oldest transaction of a whole server decides which events may be read yet."""
    with serving(tmp_path_factory.mktemp("events") / "pg") as found:
        yield found


@pytest.fixture(scope="session")
async def spare(cluster: Cluster) -> AsyncIterator[Spare]:
    """A database with the table `effects`."""
    found = Spare(cluster, extra=_EFFECTS, empty="DELETE FROM effects;")
    yield found
    await found.close()


@pytest.fixture
async def another(database_url: str) -> AsyncIterator[Callable[[], Database]]:
    """Gives another pool on the same database, as a process has that starts later: `Events` belongs to one pool."""
    opened: list[Database] = []

    def found() -> Database:
        opened.append(Database(database_url, pool_size=4))
        return opened[-1]

    yield found
    for one in opened:
        await one.close()
