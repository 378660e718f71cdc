"""An empty database, to be migrated by its owner."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tests.cluster import Cluster
from tests.migrations.catalogue import Connection


@dataclass(frozen=True)
class Empty:
    """A database that holds nothing yet."""

    name: str
    # The owner's: what migrates.
    url: str
    connection: Connection


@pytest.fixture
async def empty(cluster: Cluster) -> AsyncIterator[Empty]:
    """A new database without a schema."""
    name = await cluster.create("hearth")
    connection = await cluster.connect(name)
    yield Empty(name, cluster.server.url_of(name, owner=True), connection)
    await connection.close()
    await cluster.drop(name)
