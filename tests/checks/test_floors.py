"""The import contracts themselves, on throw-away houses: a wrong edge breaks them, also when it is hidden."""

import subprocess
import sys
from pathlib import Path

import pytest

from scripts.checks.source import read_floors

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = ROOT / ".importlinter"
NAMES = [name for floor in read_floors(CONTRACTS) for name in floor]
pytestmark = pytest.mark.unit


def lint(house: Path, files: dict[str, str]) -> str:
    """What lint-imports says of a house of empty modules and these files; "" if every contract is kept."""
    given = {path.partition("/")[0].removesuffix(".py") for path in files}
    empty = {f"{name}.py": "" for name in NAMES if name not in given}
    for path, text in {**empty, **files, "__init__.py": ""}.items():
        file = house / "src" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        (file.parent / "__init__.py").touch()
        file.write_text(text)
    tool = Path(sys.executable).with_name("lint-imports")
    command = [str(tool), "--config", str(CONTRACTS), "--no-cache", "--no-logo"]
    done = subprocess.run(command, cwd=house, capture_output=True, text=True, check=False)
    assert "Analyzed" in done.stdout, done.stdout
    return "" if done.returncode == 0 else done.stdout


def test_edges_that_lead_down_are_kept(tmp_path: Path) -> None:
    files = {
        "posts/service.py": "from src import clock\nfrom src.users import service",
        "users/service.py": "from src.auth import service",
        "auth/service.py": "from src.database import Session",
        "timelines/service.py": "from src.posts import service",
        "schemas.py": "from src import config",
        "main.py": "from src import features",
        "cli.py": "from src import main",
        "features.py": "from src.posts import service",
    }
    assert lint(tmp_path, files) == ""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("users/service.py", "from src.posts import service"),
        ("posts/service.py", "from src.timelines import service"),
        ("posts/service.py", "from src.chats import service"),
        ("chats/service.py", "from src.timelines import service"),
        ("search/service.py", "from src.posts import service"),
        ("events/service.py", "from src.auth import service"),
        ("auth/service.py", "from src.users import service"),
        ("clock.py", "from src.auth import service"),
        ("posts/service.py", "from src.main import app"),
        ("runtime.py", "from src import features"),
        ("users/service.py", "def f():\n    from src.posts import service"),
        ("users/service.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from src.posts import service"),
    ],
)
def test_an_edge_that_leads_up_or_aside_is_found(tmp_path: Path, path: str, line: str) -> None:
    packages = ("users", "posts", "timelines", "chats", "search", "events", "auth")
    files = {**{f"{package}/service.py": "" for package in packages}, "main.py": "", "features.py": "", path: line}
    assert "is not allowed to import" in lint(tmp_path, files)


def test_a_package_that_stands_on_no_floor_is_found(tmp_path: Path) -> None:
    assert "- src.gardens" in lint(tmp_path, {"gardens/service.py": ""})


@pytest.mark.parametrize(
    "files",
    [
        {"clock.py": "from src import config", "config.py": "from src import clock"},
        {"posts/service.py": "from src.posts import models", "posts/models.py": "from src.posts import service"},
        {"posts/a.py": "from src.posts import b", "posts/b.py": "def f():\n    from src.posts import a"},
    ],
)
def test_a_circle_is_found_at_every_depth(tmp_path: Path, files: dict[str, str]) -> None:
    assert "No cycles are allowed" in lint(tmp_path, files)
