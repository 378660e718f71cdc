"""What the server lets nobody do: other users of the machine, the application's role, statements without end."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import asyncpg
import pytest

from src import embedded
from tests.embedded.conftest import FAST, ask

pytestmark = pytest.mark.system

NOBODY = 65534


@pytest.fixture(scope="module")
def server(made: Path) -> Iterator[embedded.EmbeddedServer]:
    with embedded.start(made, FAST) as running:
        yield running


def socket_of(server: embedded.EmbeddedServer) -> Path:
    return Path(unquote(server.url.partition("?host=")[2]), ".s.PGSQL.5432")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_of_the_machine_is_refused_by_the_socket_and_the_files(
    server: embedded.EmbeddedServer, made: Path
) -> None:
    script = """
import os, socket, sys
os.setgid(int(sys.argv[1])); os.setuid(int(sys.argv[1]))
for action in (lambda: socket.socket(socket.AF_UNIX).connect(sys.argv[2]), lambda: open(sys.argv[3])):
    try:
        action()
    except PermissionError:
        print("refused")
"""
    made.chmod(0o755)
    words = [str(NOBODY), str(socket_of(server)), str(made / "postgres/state.json")]
    answer = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["refused", "refused"]


def test_the_files_are_for_their_owner_only(server: embedded.EmbeddedServer, made: Path) -> None:
    folder = socket_of(server).parent
    for path, mode in ((made / "postgres", 0o700), (made / "postgres/state.json", 0o600), (folder, 0o700)):
        assert path.stat().st_mode & 0o777 == mode


def test_the_server_listens_on_no_address(server: embedded.EmbeddedServer) -> None:
    assert ask(server.url, "SHOW listen_addresses") == [""]
    assert ask(server.url, "SELECT inet_server_addr()") == [None]
    assert socket_of(server).is_socket()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(socket_of(server)))


@pytest.mark.parametrize("role", ["postgres", "nobody", "hearth", "hearth_owner"])
def test_nobody_comes_in_without_a_password_nor_as_superuser(server: embedded.EmbeddedServer, role: str) -> None:
    address = server.url.partition("@")[2]
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
        ask(f"postgresql://{role}:guessed@{address}", "SELECT 1")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "ALTER TABLE notes ADD COLUMN more text",
        "DROP TABLE notes",
        "TRUNCATE notes",
        "CREATE SCHEMA mine",
        "CREATE DATABASE mine",
        "CREATE ROLE mine",
        "COPY notes TO PROGRAM 'cat'",
        "COPY notes FROM '/etc/passwd'",
        "SELECT pg_read_file('postgresql.conf')",
        "ALTER SYSTEM SET fsync = off",
        "SET ROLE hearth_owner",
        "CREATE EXTENSION vector",
    ],
)
def test_the_application_may_not(server: embedded.EmbeddedServer, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        ask(server.url, statement)


@pytest.mark.parametrize(
    "statement", ["COPY notes TO PROGRAM 'cat'", "CREATE ROLE mine", "ALTER SYSTEM SET fsync = off"]
)
def test_the_owner_is_no_superuser_either(server: embedded.EmbeddedServer, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        ask(server.owner_url, statement)


def test_the_application_reads_and_writes_what_the_owner_makes_also_in_a_clone(server: embedded.EmbeddedServer) -> None:
    function = "CREATE OR REPLACE FUNCTION twice(n int) RETURNS int LANGUAGE sql RETURN 2 * n"
    ask(server.owner_url, function)
    ask(server.url_of("postgres", owner=True), "DROP DATABASE IF EXISTS clone", "CREATE DATABASE clone TEMPLATE hearth")
    answers = ask(
        server.url_of("clone"),
        "INSERT INTO notes (text) VALUES ('mine') RETURNING text",
        "UPDATE notes SET text = 'changed' WHERE text = 'mine' RETURNING text",
        "DELETE FROM notes WHERE text = 'changed' RETURNING text",
        "SELECT twice(2)",
    )
    assert answers == ["mine", "changed", "changed", 4]
    ask(server.url_of("clone", owner=True), "CREATE TABLE later (id bigserial)")
    assert ask(server.url_of("clone"), "INSERT INTO later DEFAULT VALUES RETURNING id") == [1]
    ask(server.url_of("postgres", owner=True), "DROP DATABASE clone WITH (FORCE)")


def test_an_empty_database_of_the_owners_gives_the_application_the_same_rights(server: embedded.EmbeddedServer) -> None:
    ask(server.url_of("postgres", owner=True), "DROP DATABASE IF EXISTS bare", "CREATE DATABASE bare")
    ask(server.url_of("bare", owner=True), "CREATE TABLE things (id bigserial)")
    assert ask(server.url_of("bare"), "INSERT INTO things DEFAULT VALUES RETURNING id") == [1]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("statement_timeout", "5s"),
        ("lock_timeout", "2s"),
        ("idle_in_transaction_session_timeout", "10s"),
        ("transaction_timeout", "30s"),
        ("client_connection_check_interval", "1s"),
        ("jit", "off"),
        ("timezone", "UTC"),
        ("server_encoding", "UTF8"),
        ("data_checksums", "on"),
        ("default_text_search_config", "pg_catalog.simple"),
    ],
)
def test_the_application_has_setting(server: embedded.EmbeddedServer, setting: str, value: str) -> None:
    assert ask(server.url, f"SHOW {setting}") == [value]


def test_what_was_set_up_counts_as_the_users_own_so_that_an_upgrade_carries_it_over(
    server: embedded.EmbeddedServer,
) -> None:
    made = (
        "(SELECT oid FROM pg_roles WHERE rolname ~ 'hearth' UNION SELECT oid FROM pg_database WHERE datname = 'hearth')"
    )
    assert ask(server.url, f"SELECT min(oid::bigint) >= 16384 AND count(*) = 3 FROM {made} AS o") == [True]


def test_text_is_sorted_by_code_point_and_case_works_beyond_ascii(server: embedded.EmbeddedServer) -> None:
    order = "SELECT string_agg(v, '' ORDER BY v) FROM unnest(ARRAY['ж', 'a', 'B', 'Я', 'ä']) AS v"
    assert ask(server.url, order, "SELECT upper('жäя')") == ["BaäЯж", "ЖÄЯ"]
