"""Commands that come and go: what they do, print and refuse."""

import asyncio
from pathlib import Path
from typing import TypeVar

import pytest
from typer.testing import CliRunner, Result

from src.cli.application import app
from src.config import Settings, of, override
from src.database import Database
from src.operations import readiness
from tests.cli.conftest import until

pytestmark = pytest.mark.integration

T = TypeVar("T")

PASSWORD = "a horse of many colours"


def hearth(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, arguments, input=typed)


def look_up(url: str, statement: str) -> object:
    """The first value of what the statement finds, or nothing."""

    async def fetch() -> object:
        database = Database(url)
        try:
            rows = await database.fetch(statement, ())
            return rows[0][0] if rows else None
        finally:
            await database.close()

    return asyncio.run(fetch())


def url_of(settings: Settings) -> str:
    assert settings.database_url is not None
    return settings.database_url


def test_help_lists_the_commands() -> None:
    result = hearth("--help")
    assert result.exit_code == 0
    for name in ("serve", "migrate", "create-admin", "status", "doctor"):
        assert name in result.output


def test_migrate_brings_an_empty_database_to_the_head_and_is_done_twice(on_fresh: Settings) -> None:
    for _ in range(2):
        result = hearth("migrate")
        assert result.exit_code == 0
        assert result.output == f"The database stands at {readiness.history().head}.\n"
    assert look_up(url_of(on_fresh), "SELECT version_num FROM alembic_version") == readiness.history().head


def test_an_admin_is_made_with_a_password_from_standard_input(on_fresh: Settings) -> None:
    result = hearth("create-admin", "Ada", "--password-stdin", "--email", "ada@example.org", typed=f"{PASSWORD}\r\n")
    assert result.output == "@ada may administer this server now.\n"
    assert result.exit_code == 0
    assert look_up(url_of(on_fresh), "SELECT role FROM accounts WHERE username = 'ada'") == 3
    assert look_up(url_of(on_fresh), "SELECT count(*) FROM profiles") == 1
    assert PASSWORD not in str(look_up(url_of(on_fresh), "SELECT password_hash FROM accounts"))


@pytest.mark.parametrize(
    ("arguments", "password", "why"),
    [
        (("ada",), "short", "at least 8 characters"),
        (("ada",), "", "no password"),
        (("ada",), "password123", "Many people use this password"),
        (("admin",), PASSWORD, "kept back"),
        (("a",), PASSWORD, "2 to 30"),
        (("ada", "--email", "nowhere"), PASSWORD, "email"),
    ],
)
@pytest.mark.usefixtures("on_migrated")
def test_an_admin_is_refused_in_one_line(arguments: tuple[str, ...], password: str, why: str) -> None:
    result = hearth("create-admin", *arguments, "--password-stdin", typed=password)
    assert result.exit_code == 1
    assert why in result.stderr
    assert result.stderr.startswith("hearth: ")
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.output
    assert len(password) < 8 or password not in result.output


@pytest.mark.usefixtures("on_migrated")
def test_a_name_is_taken_once() -> None:
    assert hearth("create-admin", "ada", "--password-stdin", typed=PASSWORD).exit_code == 0
    again = hearth("create-admin", "ADA", "--password-stdin", typed=PASSWORD)
    assert again.exit_code == 1
    assert again.stderr.count("\n") == 1
    assert "--existing" in again.stderr


def test_an_account_that_is_there_is_made_an_admin_and_signed_out(on_migrated: Settings) -> None:
    url = url_of(on_migrated)
    hearth("create-admin", "ada", "--password-stdin", typed=PASSWORD)
    look_up(url, "UPDATE accounts SET role = 1 RETURNING id")
    look_up(
        url,
        "INSERT INTO api_keys (account_id, name, prefix, digest, scopes, created_at) "
        "SELECT id, 'mine', 'x', 'x', '{}', now() FROM accounts RETURNING id",
    )
    for _ in range(2):
        result = hearth("create-admin", "@Ada", "--existing")
        assert result.output == "@ada may administer this server now, and signs in anew.\n"
    assert look_up(url, "SELECT role FROM accounts") == 3
    assert look_up(url, "SELECT count(*) FROM api_keys WHERE ended_at IS NULL") == 0
    assert look_up(url, "SELECT count(*) FROM audit_entries WHERE action = 'auth.role_changed'") == 1
    assert look_up(url, "SELECT count(*) FROM security_events WHERE kind = 'role_changed'") == 1


def test_whoever_is_not_there_or_may_not_act_is_made_no_admin(on_migrated: Settings) -> None:
    assert "no such account" in hearth("create-admin", "ada", "--existing").stderr
    hearth("create-admin", "ada", "--password-stdin", typed=PASSWORD)
    look_up(url_of(on_migrated), "UPDATE accounts SET state = 'suspended', role = 1 RETURNING id")
    result = hearth("create-admin", "ada", "--existing")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert look_up(url_of(on_migrated), "SELECT role FROM accounts") == 1
    assert "--existing alone" in hearth("create-admin", "ada", "--existing", "--password-stdin").stderr


@pytest.mark.usefixtures("on_migrated")
def test_without_a_terminal_nobody_is_asked_for_a_password() -> None:
    result = hearth("create-admin", "ada", typed=PASSWORD)
    assert result.exit_code == 1
    assert "--password-stdin" in result.stderr


def test_status_shows_what_is_there(on_migrated: Settings) -> None:
    hearth("create-admin", "ada", "--password-stdin", typed=PASSWORD)
    # A connection that was closed tells what it has counted when it ends, which would come on top of that.
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    until(lambda: look_up(url_of(on_migrated), others) == 0, "the end of the command's connections")
    look_up(url_of(on_migrated), "ANALYZE accounts")
    result = hearth("status")
    assert result.exit_code == 0
    shown = dict(line.split(maxsplit=1) for line in result.output.splitlines() if " " in line.strip())
    assert shown["Accounts"].strip() == "about 1"
    assert shown["Schema"].strip() == readiness.history().head
    assert "DATABASE_URL" in shown["PostgreSQL"]


@pytest.mark.usefixtures("on_fresh")
@pytest.mark.parametrize("command", ["status"])
def test_a_database_that_is_behind_is_one_line_with_the_cure(command: str) -> None:
    result = hearth(command)
    assert result.exit_code == 1
    assert "hearth migrate" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_database_of_a_newer_version_is_one_line(on_migrated: Settings) -> None:
    look_up(url_of(on_migrated), "UPDATE alembic_version SET version_num = '9999_of_tomorrow'")
    result = hearth("migrate")
    assert result.exit_code == 1
    assert "9999_of_tomorrow" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("postgresql+asyncpg://hearth@127.0.0.1:1/hearth", "does not answer"),
        ("postgresql+asyncpg://hearth@/hearth?host=/no/such/folder", "does not answer"),
    ],
)
def test_a_database_that_is_away_is_one_line(tmp_path: Path, url: str, why: str) -> None:
    with override(Settings, database_url=url, data_directory=tmp_path):
        result = hearth("status")
    assert result.exit_code == 1
    assert why in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("command", [("status",), ("migrate",), ("create-admin", "ada", "--password-stdin")])
def test_no_command_begins_with_settings_that_cannot_be_meant(tmp_path: Path, command: tuple[str, ...]) -> None:
    with override(Settings, database_url="mysql://ada:4711@localhost/hearth", data_directory=tmp_path):
        result = hearth(*command, typed=PASSWORD)
    assert result.exit_code == 1
    assert result.stderr.startswith("hearth: DATABASE_URL begins with postgresql://")
    assert result.stderr.count("\n") == 1
    assert "4711" not in result.output


def test_the_doctor_leaves_a_database_alone_whose_address_cannot_be_meant(data_directory: Path) -> None:
    with override(Settings, database_url="mysql://ada:4711@localhost/hearth", data_directory=data_directory):
        result = hearth("doctor")
    assert result.exit_code == 1
    assert "settings: DATABASE_URL begins with postgresql://" in result.output
    assert "database:" not in result.output
    assert result.output.endswith("1 of these needs you.\n")


def test_a_wrong_password_or_database_is_named(on_migrated: Settings) -> None:
    url = url_of(on_migrated)
    wrong_password = url.replace(url.split(":")[2].split("@")[0], "wrong")
    with override(Settings, database_url=wrong_password):
        assert "refuses the user or the password" in hearth("status").stderr
    with override(Settings, database_url=url.replace("/test_", "/no_such_")):
        assert "no database of the name" in hearth("status").stderr


def test_the_doctor_finds_a_fresh_house_well(on_migrated: Settings) -> None:
    on_migrated.data_directory.mkdir(mode=0o700)
    result = hearth("doctor")
    assert "wrong" not in result.output
    assert result.exit_code == 0
    assert result.output.endswith("All is well.\n")
    assert "posts.counters" in result.output


def test_the_doctor_tells_what_is_wrong_and_fails(on_migrated: Settings) -> None:
    on_migrated.data_directory.mkdir(mode=0o755)
    look_up(
        url_of(on_migrated),
        "INSERT INTO accounts (username, role, state, created_at) VALUES ('ada', 1, 'active', now())",
    )
    result = hearth("doctor")
    assert result.exit_code == 1
    wrong = [line for line in result.output.splitlines() if line.startswith("wrong")]
    assert any(f"chmod 700 {on_migrated.data_directory}" in line for line in wrong)
    assert any("users.profiles" in line for line in wrong)
    assert result.output.endswith(" of these need you.\n")


def test_the_doctor_sees_a_schema_that_is_behind_and_a_database_that_is_away(on_fresh: Settings) -> None:
    assert on_fresh.database_url
    result = hearth("doctor")
    assert result.exit_code == 1
    assert "schema: the database is behind" in result.output
    with override(Settings, database_url="postgresql+asyncpg://hearth@127.0.0.1:1/hearth"):
        result = hearth("doctor")
    assert result.exit_code == 1
    assert "database: The database does not answer" in result.output


@pytest.mark.usefixtures("on_migrated")
def test_the_doctor_makes_home_timelines_anew() -> None:
    hearth("create-admin", "ada", "--password-stdin", typed=PASSWORD)
    result = hearth("doctor", "--rebuild-timelines")
    assert "1 home timelines made anew" in result.output


@pytest.mark.usefixtures("on_migrated")
def test_files_are_moved_where_there_is_something_to_move_to() -> None:
    assert hearth("media", "move", "--to", "directory").output == "All files are in directory already.\n"
    refused = hearth("media", "move", "--to", "s3")
    assert refused.exit_code == 1
    assert "S3_BUCKET_NAME" in refused.stderr
    assert "none" in hearth("status").output


@pytest.mark.usefixtures("on_migrated")
def test_files_in_an_s3_that_is_not_set_up_are_not_moved_out_of_it() -> None:
    hearth("create-admin", "ada", "--password-stdin", typed=PASSWORD)
    asyncio.run(_file_in_s3())
    refused = hearth("media", "move", "--to", "directory")
    assert refused.exit_code == 1
    assert "S3_BUCKET_NAME" in refused.stderr


async def _file_in_s3() -> None:
    database = Database(of(Settings).database_url or "")
    async with database.write() as session:
        connection = await session.connection()
        await connection.exec_driver_sql(
            "WITH item AS (INSERT INTO media_items (owner_id, state, kind, sent_format, bytes, unattached_since)"
            " SELECT id, 'ready', 'image', 'png', 1, now() FROM accounts RETURNING id)"
            " INSERT INTO media_files (key, media_id, variant, store, content_type, bytes, sha256)"
            " SELECT repeat('a', 32), id, 'original', 's3', 'image/png', 1, '' FROM item"
        )
    await database.close()
