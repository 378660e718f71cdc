"""Data directories in every bad state: healed where that loses nothing, else one line that says how to go on."""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from src import embedded
from tests.embedded.conftest import FAST, Holder, ask, ends

pytestmark = pytest.mark.system

Hold = Callable[..., Holder]

NOBODY = 65534
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


def refusal(data_directory: Path) -> str:
    with pytest.raises(embedded.EmbeddedError) as caught:
        embedded.start(data_directory, FAST)
    line = str(caught.value)
    assert "\n" not in line
    assert len(line) < 400 + len(str(data_directory))
    return line


@pytest.fixture
def nobodys() -> Iterator[Path]:
    """A folder of the user nobody, whom pytest's own folders keep out."""
    folder = Path(tempfile.mkdtemp(prefix="hearth-test-"))
    os.chown(folder, NOBODY, NOBODY)
    yield folder
    shutil.rmtree(folder)


def test_a_path_too_long_for_postgresql(tmp_path: Path) -> None:
    line = refusal(tmp_path.joinpath(*["long" * 50] * 5))
    assert "too long" in line
    assert "DATABASE_URL" in line


def test_a_path_too_long_for_the_system(tmp_path: Path) -> None:
    assert "File name too long" in refusal(tmp_path / ("long" * 100))


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    assert "cannot use" in refusal(tmp_path / "data")


def test_a_path_longer_than_a_socket_may_have_works(copied: Path) -> None:
    longer = copied.parent.joinpath("a folder with spaces", *["long" * 12] * 3)
    longer.parent.mkdir(parents=True)
    copied.rename(longer)
    with embedded.start(longer, FAST) as server:
        assert ask(server.url, "SELECT text FROM notes") == ["kept"]


def test_a_newer_postgresql(tmp_path: Path) -> None:
    (tmp_path / "postgres/19").mkdir(parents=True)
    assert "made by PostgreSQL 19" in refusal(tmp_path)


def test_an_incomplete_cluster_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "postgres/18").mkdir(parents=True)
    (tmp_path / "postgres/18/PG_VERSION").write_text("18\n")
    assert "global/pg_control is missing" in refusal(tmp_path)


def test_a_server_that_does_not_start_says_why(copied: Path) -> None:
    with (copied / "postgres/18/postgresql.conf").open("a") as file:
        file.write("no_such_setting = 1\n")
    assert "contains errors" in refusal(copied)


def test_a_platform_without_the_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    assert "set DATABASE_URL" in refusal(tmp_path / "data")


def test_a_first_start_that_was_killed_midway_is_begun_again(tmp_path: Path, hold: Hold) -> None:
    # A test that stands still for a while misses the moment: then it looks for the next one.
    for attempt in range(5):
        data_directory = tmp_path / f"data{attempt}"
        whole = data_directory / "postgres/18"
        draft = data_directory / "postgres/18.new/PG_VERSION"
        killed = hold(data_directory)
        while not draft.exists() and not whole.exists():
            assert killed.process.poll() is None
        killed.process.kill()
        killed.process.wait()
        is_midway = draft.exists()
        with embedded.start(data_directory, FAST) as server:
            assert ask(server.url, "SELECT 1") == [1]
        assert not draft.parent.exists()
        if is_midway:
            return
    pytest.fail("no first start was met midway")


def test_lost_passwords_are_made_anew_also_while_the_server_runs(copied: Path, hold: Hold) -> None:
    killed = hold(copied)
    before = str(killed.told()["url"])
    killed.process.kill()
    killed.process.wait()
    (copied / "postgres/state.json").write_text("{")
    with embedded.start(copied, FAST) as server:
        assert server.url != before
        assert ask(server.url, "SELECT text FROM notes") == ["kept"]
        assert json.loads((copied / "postgres/state.json").read_text())["owner_password"] in server.owner_url
    Path(unquote(before.partition("?host=")[2])).rmdir()  # its name was lost as well


@AS_ROOT
def test_an_ordinary_user_starts_it_too_and_root_after_it_as_that_user(nobodys: Path, hold: Hold) -> None:
    ordinary = hold(nobodys / "data", str(NOBODY))
    told = ordinary.told()
    assert "error" not in told
    ordinary.end()
    assert ends(int(str(told["pid"])))
    with embedded.start(nobodys / "data", FAST) as server:
        assert ask(server.url, "SELECT 1") == [1]
        assert Path(f"/proc/{server.pid}").stat().st_uid == NOBODY
    assert "error" not in hold(nobodys / "data", str(NOBODY)).told()


@AS_ROOT
@pytest.mark.parametrize("mode", [0o555, 0o000])
def test_a_folder_that_cannot_be_written(nobodys: Path, hold: Hold, mode: int) -> None:
    nobodys.chmod(mode)
    line = str(hold(nobodys / "data", str(NOBODY)).told()["error"])
    assert "Permission denied" in line
    assert "Choose another data directory" in line


@AS_ROOT
def test_the_data_directory_of_another_user(nobodys: Path, hold: Hold) -> None:
    (nobodys / "postgres/18").mkdir(parents=True)
    shutil.chown(nobodys / "postgres", NOBODY, NOBODY)
    assert "another system user" in str(hold(nobodys, str(NOBODY)).told()["error"])
