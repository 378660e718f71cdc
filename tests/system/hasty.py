"""`python -m tests.system.hasty serve`: Hearth that depends on its Kafka more than it usually does.

Its producer gives up after two seconds instead of thirty, it tells of each time, and its sockets hear of what others
write through Kafka alone: the look into the database that finds lost hints is left out. Otherwise it is `patient`.
"""

from src.cli import entry
from src.events import backbone, producer
from src.realtime import upkeep
from tests.system.patient import be_patient


async def _look(_wheel: upkeep.Upkeep) -> None:
    """Finds nothing."""


if __name__ == "__main__":
    be_patient()
    producer._OPTIONS["delivery.timeout.ms"] = 2_000
    backbone._TELL_SECONDS = 1  # type: ignore[misc]
    upkeep.Upkeep._look = _look  # type: ignore[assignment,method-assign]
    entry.app(prog_name="hearth")
