"""The command on a whole small repository."""

import re
import subprocess
from pathlib import Path

import pytest

from scripts.checks import borders, edges, endpoints, inputs, sizes, transactions
from scripts.checks.__main__ import COMMON_RULES, PYTHON_FOLDERS, SRC_RULES, findings, main
from scripts.checks.source import read_floors

pytestmark = pytest.mark.unit

CONTRACT = "[importlinter:contract:floors]\nlayers =\n    # top\n    (main) : cli\n    (posts) | chats\n    clock\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    (tmp_path / ".importlinter").write_text(CONTRACT)
    (tmp_path / ".gitignore").write_text("ignored/\n")
    for folder in ("src/posts", "ignored", "tests"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "src/posts/service.py").write_text("from sqlalchemy import select\nselect(1)\n")
    return tmp_path


def test_a_clean_repository_passes(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(repository) == 0
    assert capsys.readouterr().out == "All house rules kept.\n"


def test_findings_are_printed_in_order_with_place_and_code(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "src/posts/router.py").write_text("from sqlalchemy import select\n\nselect(1)\nsession.commit()\n")
    assert main(repository) == 1
    first, second, last = capsys.readouterr().out.splitlines()
    assert first.startswith("src/posts/router.py:3: H102 ")
    assert second.startswith("src/posts/router.py:4: H101 ")
    assert last == "2 findings"


def test_every_rule_is_run() -> None:
    modules = (borders, edges, endpoints, inputs, sizes, transactions)
    described = {
        thing for module in modules for thing in vars(module).values() if re.match(r"H\d{3}", thing.__doc__ or "")
    }
    assert described == {*SRC_RULES, *COMMON_RULES}


@pytest.mark.parametrize("folder", sorted(PYTHON_FOLDERS))
def test_every_folder_of_code_is_looked_at(repository: Path, folder: str) -> None:
    (repository / folder).mkdir(exist_ok=True)
    (repository / folder / "a.py").write_text("def f():\n    import json\n")
    (repository / "other.py").write_text("def f():\n    import json\n")
    assert [(finding.path, finding.code) for finding in findings(repository)] == [(f"{folder}/a.py", "H302")]


def test_a_removed_file_is_no_longer_looked_at(repository: Path) -> None:
    (repository / "docs.md").write_text("TO" + "DO")
    subprocess.run(["git", "add", "docs.md"], cwd=repository, check=True)
    (repository / "docs.md").unlink()
    assert list(findings(repository)) == []


def test_rules_of_the_source_do_not_bind_the_tests(repository: Path) -> None:
    (repository / "tests/test_posts.py").write_text("session.commit()\nfrom src.posts.service import publish\n")
    assert list(findings(repository)) == []


def test_hidden_imports_bind_the_tests_too(repository: Path) -> None:
    (repository / "tests/test_posts.py").write_text("def test_a():\n    import json\n")
    assert [finding.code for finding in findings(repository)] == ["H302"]


def test_what_is_no_python_is_a_finding(repository: Path) -> None:
    (repository / "src/posts/router.py").write_text("def f(:\n")
    assert [finding.code for finding in findings(repository)] == ["H000"]


def test_ignored_files_and_binary_files_are_not_read(repository: Path) -> None:
    (repository / "ignored/a.txt").write_text("TO" + "DO")
    (repository / "picture.png").write_bytes(b"\x89PNG\xff TO" + b"DO")
    assert list(findings(repository)) == []


def test_the_floors_are_read_from_the_contract(repository: Path) -> None:
    assert read_floors(repository / ".importlinter") == (("main", "cli"), ("posts", "chats"), ("clock",))
