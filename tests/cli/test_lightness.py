"""A command that needs little of the house begins without the rest of it."""

import subprocess
import sys

import pytest

from src.config import ROOT

pytestmark = pytest.mark.unit

_HEAVY = ("alembic", "asyncpg", "boto3", "botocore", "fastapi", "sqlalchemy", "uvicorn", "src.features", "src.main")
_BEGIN = """
import atexit, os, sys
atexit.register(lambda: print(*sorted(sys.modules), file=sys.stderr))
from src.cli import entry
entry.app(prog_name="hearth")
"""


@pytest.mark.parametrize("arguments", [["--help"], ["--url", "http://127.0.0.1:1"]])
def test_a_chat_does_not_import_the_server(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _BEGIN, "chat", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    *_, imported = done.stderr.splitlines()
    assert "src.cli.chat" in imported.split()
    assert {*imported.split()}.isdisjoint(_HEAVY)
    said = done.stdout if arguments == ["--help"] else done.stderr
    assert ("Usage: hearth chat" if arguments == ["--help"] else "HEARTH_TOKEN") in said
