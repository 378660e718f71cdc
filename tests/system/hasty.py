"""`python -m tests.system.hasty serve`: Hearth that depends on its Kafka more than it usually does.

Its producer gives up after two seconds instead of thirty, it tells of each time, and its sockets hear of what others
write through Kafka alone: the look into the database that finds lost hints is left out. Its database is as patient as
in `patient`: no request is to be refused because the machine stands still.
"""

from src import database
from src.cli import entry
from src.events import backbone, producer
from src.realtime import upkeep


async def _look(_wheel: upkeep.Upkeep) -> None:
    """Finds nothing."""


if __name__ == "__main__":
    database._SERVER_SETTINGS |= {"lock_timeout": "20000", "statement_timeout": "20000"}
    producer._OPTIONS["delivery.timeout.ms"] = 2_000
    backbone._TELL_SECONDS = 1  # type: ignore[misc]
    upkeep.Upkeep._look = _look  # type: ignore[assignment,method-assign]
    entry.app(prog_name="hearth")
