"""A server of each worker's own, and a database with a table for effects."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from src.database import Database
from src.events import fetching, topics
from src.events.backbone import Backbone
from tests.cluster import Cluster, serving
from tests.events import brokers
from tests.patience import PATIENT
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


@pytest.fixture(scope="session")
def mock_address() -> Iterator[str]:
    """The address of the worker's mock cluster."""
    with brokers.mocked() as found:
        yield found


@pytest.fixture(scope="session")
def worker_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[brokers.Broker]:
    """The worker's real broker."""
    with brokers.running(tmp_path_factory.mktemp("kafka") / "broker") as found:
        yield found


@pytest.fixture
def broker(request: pytest.FixtureRequest) -> brokers.Broker:
    """The same for a test; who stops it starts it again."""
    # Asked for by name, so that a test that is skipped for want of it is counted.
    brokers.note(request, brokers.REAL)
    found: brokers.Broker = request.getfixturevalue("worker_broker")
    return found


@pytest.fixture(params=[brokers.MOCK, pytest.param(brokers.REAL, marks=pytest.mark.system)])
def backbone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Backbone:
    """A Kafka without anything of other tests in it."""
    # Who closes a consumer waits for its last look, and so does an event that is due again.
    monkeypatch.setattr(fetching, "FETCH_SECONDS", 0.02)
    # A Kafka that a busy machine holds up is not away.
    monkeypatch.setattr(topics, "SECONDS", brokers.PATIENCE)
    if request.param == brokers.REAL:
        broker: brokers.Broker = request.getfixturevalue("broker")
        found = brokers.renamed(broker.bootstrap)
        topics.ensure(found)
        return found
    brokers.note(request, brokers.MOCK)
    found = brokers.renamed(request.getfixturevalue("mock_address"), mock=True)
    brokers.make_topics(found)
    return found


@pytest.fixture
async def another(database_url: str) -> AsyncIterator[Callable[[], Database]]:
    """Gives another pool on the same database, as a process has that starts later: `Events` belongs to one pool."""
    opened: list[Database] = []

    def found() -> Database:
        opened.append(Database(database_url, pool_size=4, pool_timeout=30, settings=PATIENT))
        return opened[-1]

    yield found
    for one in opened:
        await one.close()
