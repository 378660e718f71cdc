"""Who follows "how to add a package" to the letter has a package that the house accepts."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
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
        # What all other routes answer, the run that this test is part of asks.
        "--rows-of=notes",
    ),
)


def steps() -> Iterator[tuple[str, str, str]]:
    """The blocks of the page: the file that was named last before each, the block's language, and its lines."""
    page = _with_todays_numbers(PAGE.read_text().partition("\n## 10. ")[0])
    for block in BLOCK.finditer(page):
        if block["language"] in {"py", "diff"}:
            yield NAMED.findall(page, 0, block.start())[-1], block["language"], block["code"]


def _with_todays_numbers(page: str) -> str:
    """The page with the newest migration that there is, and the number after it."""
    newest = max(path.stem for path in (ROOT / "alembic" / "versions").glob("[0-9]*.py"))
    [of_the_page, before_it] = re.findall(r'^(?:down_)?revision = "(\w+)"$', page, re.MULTILINE)
    return page.replace(before_it, newest).replace(of_the_page, f"{int(newest[:4]) + 1:04}_notes")


def sides(change: str) -> tuple[str, str]:
    """The lines before and after a change."""
    marked = [(line[:1], line[1:]) for line in change.splitlines(keepends=True)]
    before, after = ("".join(line for mark, line in marked if mark != other) for other in "+-")
    return before, after


def changed(text: str, change: str) -> str:
    """The text with this change made; what has come to stand around the place meanwhile is no matter."""
    before, after = sides(change)
    if text.count(before) == 1:
        return text.replace(before, after)
    lines = change.splitlines(keepends=True)
    added = "".join(line[1:] for line in lines if line.startswith("+"))
    first = next(number for number, line in enumerate(lines) if line[0] in "+-")
    if lines[first].startswith("-"):
        # A word more in a line: it goes behind what stands before it.
        old = lines[first][1:]
        anchor = old[: next(place for place, (a, b) in enumerate(zip(old, added, strict=False)) if a != b)]
        added = added[len(anchor) :][: len(added) - len(old)]
    else:
        anchor = lines[first - 1][1:] if first else before
    assert text.count(f"\n{anchor}") == 1, f"not there once:\n{anchor}"
    place = text.index(f"\n{anchor}") + 1 + (len(anchor) if anchor != before else 0)
    return text[:place] + added + text[place:]


def follow(folder: Path) -> None:
    """Does in this copy of the repository what the page says."""
    for name, language, code in steps():
        file = folder / name
        if language == "py":
            assert not file.exists(), f"{name} is there already"
            file.parent.mkdir(exist_ok=True)
            file.write_text(code)
        else:
            file.write_text(changed(file.read_text(), code))
    # As the page's last step does: imports come into their order.
    subprocess.run(
        [sys.executable, "-m", "ruff", "check", "-q", "--fix", "--select", "I", *TOUCHED], cwd=folder, check=True
    )


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
    _remember_types(tmp_path)
    return tmp_path


def _remember_types(folder: Path) -> None:
    """Takes along what mypy knows of files that are the same here, which it looks at itself; nothing after no run."""
    for known in (ROOT / ".mypy_cache").rglob("*.db"):
        there = folder / known.relative_to(ROOT)
        there.parent.mkdir(parents=True, exist_ok=True)
        # Whole also while another mypy writes it.
        with closing(sqlite3.connect(known)) as source, closing(sqlite3.connect(there)) as target:
            source.backup(target)


@pytest.mark.unit
def test_what_the_page_changes_is_there_or_has_been_changed() -> None:
    changes = [(name, code) for name, language, code in steps() if language == "diff"]
    assert len(changes) >= 6
    for name, code in changes:
        text = (ROOT / name).read_text()
        assert text.count(sides(code)[1]) == 1 or changed(text, code) != text, name


@pytest.mark.unit
def test_a_change_finds_its_place_among_what_others_have_added() -> None:
    word = "-    posts | (chats)\n+    posts | notes | (chats)\n"
    assert changed("top\n    posts | moods | (chats)\n", word) == "top\n    posts | notes | moods | (chats)\n"
    line = " import a\n+import b\n import c\n"
    assert changed("\nimport a\nimport aa\nimport c\n", line) == "\nimport a\nimport b\nimport aa\nimport c\n"
    with pytest.raises(AssertionError, match="not there once"):
        changed("import d\n", line)


@pytest.mark.skipif((ROOT / "src" / "notes").exists(), reason="somebody has followed the page here")
@pytest.mark.system
@pytest.mark.timeout(600)
def test_following_the_page_makes_a_package_that_passes_every_check(copy: Path) -> None:
    follow(copy)
    programs = Path(sys.executable).parent
    # A run of its own: one that takes itself for a worker of this one would share what is this one's.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment = {**inherited, "PYTHONPATH": str(copy)}
    for program, *arguments in CHECKS:
        command = [str(programs / program), *arguments]
        done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{program} {arguments}:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
