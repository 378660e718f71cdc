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
    page = PAGE.read_text()
    for block in BLOCK.finditer(page):
        if block["language"] in {"py", "diff"}:
            yield NAMED.findall(page, 0, block.start())[-1], block["language"], block["code"]


def follow(folder: Path) -> None:
    """Does in this copy of the repository what the page says."""
    for name, language, code in steps():
        file = folder / name
        if language == "py":
            assert not file.exists(), f"{name} is there already"
            file.parent.mkdir(exist_ok=True)
            file.write_text(code)
            continue
        marked = [(line[:1], line[1:]) for line in code.splitlines(keepends=True)]
        before = "".join(line for mark, line in marked if mark != "+")
        after = "".join(line for mark, line in marked if mark != "-")
        text = file.read_text()
        assert text.count(before) == 1, f"{name} does not hold once:\n{before}"
        file.write_text(text.replace(before, after))


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
def test_the_page_continues_the_history_and_fits_the_files_that_it_changes() -> None:
    history = sorted(path.stem for path in (ROOT / "alembic" / "versions").glob("[0-9]*.py"))
    assert f"`{history[-1]}`" in PAGE.read_text()
    for name, language, code in steps():
        if language == "diff":
            before = "".join(line[1:] for line in code.splitlines(keepends=True) if not line.startswith("+"))
            assert (ROOT / name).read_text().count(before) == 1, name


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
