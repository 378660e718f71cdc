"""Who follows "how to add a package" to the letter has a package that the house accepts."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.test_snippets import BLOCK

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "adding-a-package.md"
NAMED = re.compile(r"`([\w./]*[\w]\.py|\.importlinter)`:\n")
TOUCHED = ("src/notes", "src/features.py", "alembic/versions", "tests/notes", "tests/contract/stage.py")
CHECKS: tuple[tuple[str, ...], ...] = (
    ("ruff", "check", *TOUCHED),
    ("ruff", "format", "--check", *TOUCHED),
    ("lint-imports", "--no-cache"),
    ("python", "-m", "scripts.checks"),
    ("mypy", *TOUCHED),
    (
        "python",
        "-m",
        "pytest",
        "-q",
        "tests/notes",
        "tests/contract/test_permissions.py",
        "tests/contract/test_openapi.py",
    ),
)


def steps() -> Iterator[tuple[str, str, str]]:
    """The blocks of the page: the file that was named last before each, the block's language, and its lines."""
    page = _with_todays_numbers(PAGE.read_text())
    for block in BLOCK.finditer(page):
        if block["language"] in {"py", "diff"}:
            yield NAMED.findall(page, 0, block.start())[-1], block["language"], block["code"]


def _with_todays_numbers(page: str) -> str:
    """The page with the newest migration that there is, and the number after it."""
    newest = max(path.stem for path in (ROOT / "alembic" / "versions").glob("[0-9]*.py"))
    written = re.findall(r'^down_revision = "(\w+)"$', page, re.MULTILINE)
    return page.replace(written[0], newest).replace("0009_notes", f"{int(newest[:4]) + 1:04}_notes")


def sides(change: str) -> tuple[str, str]:
    """The lines before and after a change."""
    marked = [(line[:1], line[1:]) for line in change.splitlines(keepends=True)]
    before, after = ("".join(line for mark, line in marked if mark != other) for other in "+-")
    return before, after


def follow(folder: Path) -> None:
    """Does in this copy of the repository what the page says."""
    for name, language, code in steps():
        file = folder / name
        if language == "py":
            assert not file.exists(), f"{name} is there already"
            file.parent.mkdir(exist_ok=True)
            file.write_text(code)
        else:
            before, after = sides(code)
            file.write_text(file.read_text().replace(before, after))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The repository as git knows it, in a folder of its own."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for path in filter(None, listed.split("\0")):
        if (ROOT / path).is_file():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, tmp_path / path)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    return tmp_path


@pytest.mark.unit
def test_what_the_page_changes_is_there_or_has_been_changed() -> None:
    changes = [(name, *sides(code)) for name, language, code in steps() if language == "diff"]
    assert len(changes) >= 6
    for name, before, after in changes:
        text = (ROOT / name).read_text()
        assert text.count(before) == 1 or text.count(after) == 1, f"{name} does not hold once:\n{before}"


@pytest.mark.skipif((ROOT / "src" / "notes").exists(), reason="somebody has followed the page here")
@pytest.mark.system
@pytest.mark.timeout(300)
def test_following_the_page_makes_a_package_that_passes_every_check(copy: Path) -> None:
    follow(copy)
    programs = Path(sys.executable).parent
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    for program, *arguments in CHECKS:
        command = [str(programs / program), *arguments]
        done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{program} {arguments}:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
