"""One server for several processes: adopted, shared, outlived, restarted, and gone with the last one."""

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
import pytest

from src import embedded
from tests.embedded.conftest import FAST, Holder, ask, ends, runs

pytestmark = pytest.mark.system

Hold = Callable[..., Holder]

KEPT = "SELECT text FROM notes"


def test_a_stopped_server_leaves_no_process_and_starts_again_with_its_data(made: Path) -> None:
    with embedded.start(made, FAST) as server:
        ask(server.url, "INSERT INTO notes (text) VALUES ('new')")
    assert not runs(server.pid)
    with embedded.start(made, FAST) as again:
        assert again.url == server.url
        assert ask(again.url, KEPT, "DELETE FROM notes WHERE text = 'new' RETURNING text") == ["kept", "new"]


def test_the_second_share_finds_the_server_and_the_last_one_stops_it(made: Path) -> None:
    first = embedded.start(made, FAST)
    second = embedded.start(made, FAST)
    assert second.pid == first.pid
    first.stop()
    first.stop()
    assert ask(second.url, KEPT) == ["kept"]
    second.stop()
    assert not runs(second.pid)


def test_two_processes_that_start_at_once_in_an_empty_folder_share_one_server(tmp_path: Path, hold: Hold) -> None:
    both = [hold(tmp_path / "data"), hold(tmp_path / "data")]
    first, second = (one.told() for one in both)
    assert first == second
    both[0].end()
    assert ask(str(first["url"]), "SELECT 1") == [1]
    both[1].end()
    assert not runs(int(str(first["pid"])))


def test_the_server_of_a_killed_process_is_adopted(made: Path, hold: Hold) -> None:
    killed = hold(made)
    pid = killed.told()["pid"]
    killed.process.kill()
    killed.process.wait()
    with embedded.start(made) as server:
        assert server.pid == pid
        assert ask(server.url, KEPT) == ["kept"]
    assert not runs(server.pid)


def test_a_killed_server_is_started_again_at_the_same_address_with_its_data(made: Path) -> None:
    durable = {"shared_buffers": "16MB"}
    with embedded.start(made, durable) as server, embedded.start(made) as other:
        url, killed = server.url, server.pid
        assert not server.ensure_running()
        ask(url, "INSERT INTO notes (text) VALUES ('new')")
        os.kill(killed, signal.SIGKILL)
        assert ends(killed)
        assert server.ensure_running()
        assert not other.ensure_running()
        assert server.pid != killed
        assert server.url == url
        assert ask(other.url, KEPT, "DELETE FROM notes WHERE text = 'new' RETURNING text") == ["kept", "new"]


def test_what_a_killed_server_left_at_work_does_not_keep_the_next_one_from_starting(made: Path) -> None:
    with embedded.start(made, FAST) as server, ThreadPoolExecutor() as threads:
        endless = threads.submit(ask, server.owner_url, "SELECT count(*) FROM generate_series(1, 1000000000000)")
        at_work = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query ~ 'generate_series'"
        while ask(server.owner_url, at_work) != [2]:  # the endless one and this one
            assert not endless.done()
        os.kill(server.pid, signal.SIGKILL)
        assert ends(server.pid)
        assert server.ensure_running()
        assert ask(server.url, KEPT) == ["kept"]
        assert isinstance(endless.exception(), asyncpg.PostgresConnectionError | OSError)


def test_a_share_that_was_given_back_starts_nothing(made: Path) -> None:
    server = embedded.start(made, FAST)
    server.stop()
    assert not server.ensure_running()
    assert not runs(server.pid)


def test_a_process_number_left_by_a_crash_and_now_another_process_is_no_server(made: Path, copied: Path) -> None:
    with embedded.start(copied, FAST) as other:  # PostgreSQL itself takes any process of its user for its server
        (made / "postgres/18/postmaster.pid").write_text(f"{other.pid}\n")
        with embedded.start(made, FAST) as server:
            assert server.pid != other.pid
            assert ask(server.url, KEPT) == ["kept"]


def test_ctrl_c_reaches_the_process_but_not_its_server(made: Path, hold: Hold) -> None:
    interrupted = hold(made)
    pid = int(str(interrupted.told()["pid"]))
    os.killpg(interrupted.process.pid, signal.SIGINT)
    assert interrupted.told() == {"interrupted": [1]}
    interrupted.end()
    assert not runs(pid)


def test_a_copied_data_directory_has_a_server_of_its_own(copied: Path, made: Path) -> None:
    with embedded.start(copied, FAST) as copy, embedded.start(made, FAST) as original:
        ask(copy.url, "DELETE FROM notes")
        assert ask(original.url, KEPT) == ["kept"]


def test_settings_reach_the_server(made: Path) -> None:
    with embedded.start(made, {"fsync": "off", "application_name": 'it\'s "a" name'}) as server:
        assert ask(server.url, "SHOW fsync", "SHOW application_name") == ["off", 'it\'s "a" name']
