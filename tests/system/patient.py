"""`python -m tests.system.patient serve`: Hearth that waits for locks for nearly as long as it takes to stop."""

from src import database
from src.cli import entry

if __name__ == "__main__":
    database._SERVER_SETTINGS |= {"lock_timeout": "20000", "statement_timeout": "20000"}
    entry.app(prog_name="hearth")
