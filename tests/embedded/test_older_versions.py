"""The programs where the server's user cannot read the wheel, and a data directory of an older PostgreSQL."""

import os
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from src import embedded
from src.embedded import account, binaries, postmaster, sockets
from tests.embedded.conftest import FAST, ask, ends

pytestmark = pytest.mark.system

NOBODY = account.Account(65534, 65534, foreign=True)
OLDER = 16


def crash(place: postmaster.Place) -> None:
    """Leaves a cluster whose server was killed."""
    pid = postmaster.start(place, {"listen_addresses": ""})
    os.kill(pid, signal.SIGKILL)
    assert ends(pid)
    sockets.remove(place.sockets)


def test_a_cluster_of_an_older_version_is_upgraded_and_kept(tmp_path: Path) -> None:
    home = tmp_path / "data/postgres"
    old = home / str(OLDER)
    old.mkdir(parents=True)
    user = account.choose([])
    user.give(old)
    programs = binaries.find(OLDER, user)
    user.run(programs / "initdb", "-D", old, "--username=postgres", "--data-checksums", "--no-sync", "--encoding=UTF8")
    user.run(programs / "pg_resetwal", "--next-oid=16384", "-D", old)
    statement = "CREATE TABLE notes AS SELECT 'old' AS text\nALTER TABLE notes OWNER TO hearth_owner\n"
    database = "CREATE ROLE hearth_owner\nCREATE DATABASE hearth\n"
    user.run(programs / "postgres", "--single", "-D", old, "template1", text=database)
    user.run(programs / "postgres", "--single", "-D", old, "hearth", text=statement)
    crash(postmaster.Place(programs, old, sockets.make(user), home / "old.log", user))
    with embedded.start(tmp_path / "data", FAST) as server:
        text, version = ask(server.owner_url, "SELECT text FROM notes", "SHOW server_version")
        assert text == "old"
        assert str(version).startswith(f"{binaries.MAJOR}.")
    assert (old / "PG_VERSION").read_text().strip() == str(OLDER)
    with embedded.start(tmp_path / "data", FAST) as server:
        assert ask(server.owner_url, "SELECT text FROM notes") == ["old"]


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A folder that every user may pass, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="hearth-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_programs_that_the_servers_user_cannot_read_are_copied_once(
    tmp_path: Path, reachable: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = binaries.wheel()
    for name in (wheel.name, f"{wheel.name}.libs"):
        shutil.copytree(wheel.parent / name, tmp_path / "private" / name, copy_function=os.link)
    (tmp_path / "private").chmod(0o700)
    monkeypatch.syspath_prepend(tmp_path / "private")
    programs = binaries.find(binaries.MAJOR, NOBODY, store=reachable / "store")
    assert programs.is_relative_to(reachable / "store")
    assert not any(path.stat().st_mode & stat.S_IWOTH for path in programs.rglob("*"))
    assert "PostgreSQL) 18" in NOBODY.run(programs / "initdb", "--version")
    assert subprocess.run([programs / "pg_config", "--version"], check=True, user=NOBODY.uid).returncode == 0
    inode = programs.stat().st_ino
    assert binaries.find(binaries.MAJOR, NOBODY, store=reachable / "store").stat().st_ino == inode
    assert [entry.name for entry in (reachable / "store").iterdir()] == [programs.parents[1].parent.name]
