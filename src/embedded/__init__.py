"""PostgreSQL in the data directory: what makes `./scripts/start.sh` enough on a machine without a database.

The programs come from a wheel; this package makes the data directory, closes it to everybody else on the machine,
starts, shares, watches and stops the server. Everything here blocks: it is used before the event loop is in use, by
commands and by tests. Below `<data directory>/postgres/` stand

    18/             the cluster, named by its major version (owned by the server's system user)
    state.json      the passwords of both roles and the socket folder, 0600
    postgres.log    what the server has to say (started anew above 10 MB, one older file is kept)
    lock, holders   who is starting or stopping the server, and who uses it
"""

from src.embedded.exceptions import EmbeddedError
from src.embedded.server import EmbeddedServer, start

__all__ = ["EmbeddedError", "EmbeddedServer", "start"]
