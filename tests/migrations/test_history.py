"""The history is one line, and its end is what the models say."""

import asyncio
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, Engine, event, pool
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from src import migrations
from src.config import ROOT
from src.features import metadata
from src.migrations import SchemaTooNew
from tests.migrations.catalogue import contents, schema
from tests.migrations.conftest import Empty

_MIGRATE = """
import asyncio, logging, sys
from src import migrations
logging.basicConfig(level=logging.INFO)
asyncio.run(migrations.upgrade(sys.argv[1]))
"""


def history() -> list[Script]:
    """All revisions, the first one first."""
    return list(ScriptDirectory.from_config(migrations.configuration()).walk_revisions())[::-1]


@pytest.mark.unit
def test_the_history_is_one_line_of_numbered_files() -> None:
    before: str | None = None
    for number, script in enumerate(history(), 1):
        assert script.down_revision == before
        assert re.fullmatch(rf"{number:04}_[a-z_]+", script.revision)
        assert Path(script.path).stem == script.revision
        assert script.doc.endswith(".")
        assert callable(script.module.downgrade)
        before = script.revision


@pytest.mark.integration
async def test_up_down_and_up_again_is_the_same_and_down_is_nothing(empty: Empty) -> None:
    assert await schema(empty.connection) == {}
    await migrations.upgrade(empty.url)
    found = await schema(empty.connection)
    assert len(found) > 200
    state = await migrations.state(empty.url)
    assert state.at_head
    assert state.current == history()[-1].revision
    await migrations.downgrade(empty.url, "base")
    assert await schema(empty.connection) == {}
    assert (await migrations.state(empty.url)).current is None
    await migrations.upgrade(empty.url)
    assert await schema(empty.connection) == found


@pytest.mark.integration
async def test_each_revision_is_taken_back_without_a_trace(empty: Empty) -> None:
    before = await schema(empty.connection)
    for script in history():
        await migrations.upgrade(empty.url, script.revision)
        after = await schema(empty.connection)
        await migrations.downgrade(empty.url, str(script.down_revision or "base"))
        assert await schema(empty.connection) == before, script.revision
        await migrations.upgrade(empty.url, script.revision)
        assert await schema(empty.connection) == after, script.revision
        before = after


@pytest.mark.integration
async def test_the_models_and_the_schema_are_the_same(empty: Empty) -> None:
    """In every word: autogenerate overlooks conditions of indexes, storage and checks."""
    await migrations.upgrade(empty.url)
    migrated = await schema(empty.connection)
    await migrations.downgrade(empty.url, "base")
    # The function that makes ids belongs to no model.
    await migrations.upgrade(empty.url, history()[0].revision)
    engine = create_async_engine(empty.url, poolclass=pool.NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(metadata().create_all)
    assert set((await schema(empty.connection)).items()) ^ set(migrated.items()) == set()


@pytest.mark.integration
async def test_nothing_is_left_for_a_new_revision(empty: Empty) -> None:
    await migrations.upgrade(empty.url)

    def compare(connection: Connection) -> list[Any]:
        options = {"compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata()))

    engine = create_async_engine(empty.url, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        assert await connection.run_sync(compare) == []


@pytest.mark.integration
async def test_starts_at_once_migrate_once(empty: Empty) -> None:
    starts = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", _MIGRATE, empty.url, cwd=ROOT, stderr=asyncio.subprocess.PIPE
        )
        for _ in range(3)
    ]
    said = [(await start.communicate())[1].decode() for start in starts]
    assert [start.returncode for start in starts] == [0, 0, 0], said
    assert sum(words.count("Running upgrade") for words in said) == len(history())
    assert (await migrations.state(empty.url)).at_head


@pytest.mark.integration
async def test_a_database_of_a_newer_hearth_is_left_alone(empty: Empty) -> None:
    await migrations.upgrade(empty.url)
    await empty.connection.execute("UPDATE alembic_version SET version_num = '9999_of_tomorrow'")
    before, held = await schema(empty.connection), await contents(empty.connection)
    for ask in (migrations.upgrade, migrations.state):
        with pytest.raises(SchemaTooNew, match="9999_of_tomorrow"):
            await ask(empty.url)
    assert await schema(empty.connection) == before
    assert await contents(empty.connection) == held


@contextmanager
def _watched() -> Iterator[list[tuple[str, str]]]:
    """The time-outs for locks and statements that hold when a table is made."""
    seen: list[tuple[str, str]] = []

    def look(connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().startswith(("CREATE TABLE", "CREATE UNLOGGED TABLE")):
            cursor = connection.connection.cursor()
            cursor.execute("SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")
            seen.append(cursor.fetchone())  # type: ignore[arg-type]
            cursor.close()

    event.listen(Engine, "before_cursor_execute", look)
    yield seen
    event.remove(Engine, "before_cursor_execute", look)


@pytest.mark.integration
async def test_no_migration_waits_long_for_a_lock(empty: Empty) -> None:
    with _watched() as seen:
        await migrations.upgrade(empty.url)
    assert len(seen) >= len(metadata().tables)
    assert set(seen) == {("5s", "1min")}


async def _back_before_a_table(empty: Empty) -> tuple[str, str]:
    """Takes back revisions up to one that makes a table: the one before it, and the table."""
    for before in history()[-2::-1]:
        with_it = await schema(empty.connection)
        await migrations.downgrade(empty.url, before.revision)
        gone = with_it.keys() - await schema(empty.connection)
        tables = sorted(name for kind, name in gone if kind == "table")
        if tables:
            return before.revision, tables[0]
    raise AssertionError("no revision makes a table")


@pytest.mark.integration
async def test_a_revision_that_fails_leaves_the_one_before_and_can_be_run_again(empty: Empty) -> None:
    await migrations.upgrade(empty.url)
    before, table = await _back_before_a_table(empty)
    complete = await schema(empty.connection)
    await empty.connection.execute(f"CREATE TABLE {table} (in_the_way int)")
    with pytest.raises(DBAPIError, match="already exists"):
        await migrations.upgrade(empty.url)
    await empty.connection.execute(f"DROP TABLE {table}")
    assert await schema(empty.connection) == complete
    assert (await migrations.state(empty.url)).current == before
    # Nobody holds the lock any more.
    await migrations.upgrade(empty.url)
    assert (await migrations.state(empty.url)).at_head


@pytest.mark.integration
async def test_the_application_may_write_rows_and_change_no_table(empty: Empty, cluster: Any) -> None:
    await migrations.upgrade(empty.url)
    url = cluster.server.url_of(empty.name).replace("postgresql+asyncpg", "postgresql")
    connection = await asyncpg.connect(url)
    try:
        for table in metadata().tables:
            for right in ("SELECT", "INSERT", "UPDATE", "DELETE"):
                assert await connection.fetchval("SELECT has_table_privilege($1, $2)", table, right), table
        for statement in ("CREATE TABLE mine (id int)", "DROP TABLE posts", "ALTER TABLE posts ADD COLUMN mine int"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()
