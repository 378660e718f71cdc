"""`python -m tests.system.patient serve`: Hearth that refuses nobody because the machine stands still.

It waits for locks for nearly as long as it takes to stop, and what it knows of ended credentials is good for as long.
"""

from src import database
from src.auth import ended
from src.cli import entry

_SECONDS = 20


def be_patient() -> None:
    """Makes this process so."""
    limit = f"{_SECONDS}s"
    database._SERVER_SETTINGS |= {"lock_timeout": limit, "statement_timeout": limit}
    ended.GOOD_SECONDS = _SECONDS


if __name__ == "__main__":
    be_patient()
    entry.app(prog_name="hearth")
