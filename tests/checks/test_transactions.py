"""The unit of work: commits, statements and sessions beside I/O."""

import pytest

from scripts.checks import transactions
from tests.checks.snippets import codes, lines

pytestmark = pytest.mark.unit

COMMIT = "async def f(session):\n    await session.commit()\n"
SELECT = "from sqlalchemy import select\nQUERY = select(1)\n"
AWAY = "from src.outbound import client as outbound_client\n"


@pytest.mark.parametrize("path", ["src/posts/service.py", "src/auth/sessions.py", "src/cli.py"])
@pytest.mark.parametrize("call", ["session.commit()", "connection.rollback()", "self.session.commit()"])
def test_nobody_else_commits(path: str, call: str) -> None:
    assert codes(transactions.commits, path, f"def f(session, connection, self):\n    {call}\n") == ["H101"]


@pytest.mark.parametrize("path", ["src/database.py", "src/embedded.py", "src/embedded/server.py", "src/migrations.py"])
def test_the_database_commits(path: str) -> None:
    assert codes(transactions.commits, path, COMMIT) == []


def test_a_word_like_commit_is_no_commit() -> None:
    assert codes(transactions.commits, "src/posts/service.py", "session.after_commit(call)\ncommit()\n") == []


@pytest.mark.parametrize(
    "path",
    [
        "src/posts/router.py",
        "src/posts/schemas.py",
        "src/posts/constants.py",
        "src/posts/exceptions.py",
        "src/posts/utils.py",
        "src/posts/tasks.py",
        "src/main.py",
        "src/events/router.py",
        "src/tasks/admin_router.py",
    ],
)
def test_statements_are_not_built_there(path: str) -> None:
    assert codes(transactions.statements, path, SELECT) == ["H102"]


@pytest.mark.parametrize(
    "path",
    [
        "src/posts/service.py",
        "src/posts/service_editing.py",
        "src/posts/queries.py",
        "src/posts/dependencies.py",
        "src/users/visibility.py",
        "src/posts/jobs.py",
        "src/posts/handlers.py",
        "src/posts/archive.py",
        "src/posts/checks.py",
        "src/posts/models.py",
        "src/auth/sessions.py",
        "src/events/relay.py",
        "src/database.py",
    ],
)
def test_statements_are_built_there(path: str) -> None:
    assert codes(transactions.statements, path, SELECT) == []


@pytest.mark.parametrize(
    "code",
    [
        "import sqlalchemy as sa\nsa.select(1)",
        "from sqlalchemy import text as raw\nraw('SELECT 1')",
        "from sqlalchemy.dialects import postgresql\npostgresql.insert(table)",
        "from sqlalchemy.dialects.postgresql import insert as upsert\nupsert(table)",
        "models.Post.__table__.delete()",
        "connection.exec_driver_sql('  select 1')",
        "connection.fetch('DELETE FROM posts')",
    ],
)
def test_every_way_to_build_a_statement_is_found(code: str) -> None:
    assert codes(transactions.statements, "src/posts/router.py", code) == ["H102"]


@pytest.mark.parametrize(
    "code",
    [
        "values = {}\nvalues.update(a=1)",
        "items = []\nitems.insert(0, 1)",
        "select = choose\nselect(1)",
        "service.delete(session, post=post)",
        "store.fetch('posts/1')",
        "from src.posts.service import text\ntext(1)",
    ],
)
def test_other_things_of_the_same_name_pass(code: str) -> None:
    assert codes(transactions.statements, "src/posts/router.py", code) == []


def test_a_page_is_not_found_by_counting() -> None:
    code = "statement.order_by(Post.id).offset(20).limit(10)"
    assert codes(transactions.offsets, "src/posts/service.py", code) == ["H104"]
    assert codes(transactions.offsets, "src/timelines/jobs.py", code) == []
    assert codes(transactions.offsets, "src/posts/service.py", "zone.utcoffset(now)") == []


@pytest.mark.parametrize("kind", ["ReadSession", "WriteSession", "database.WriteSession", "Annotated[ReadDep, 1]"])
def test_where_the_network_is_asked_nobody_holds_a_session(kind: str) -> None:
    code = f"{AWAY}async def send(session: {kind}, *, name: str) -> None:\n    ...\n"
    assert lines(transactions.short_transactions, "src/posts/service.py", code) == [2]


def test_a_database_beside_a_session_is_one_too_many() -> None:
    code = "async def send(db: Database, *, session: WriteSession) -> None:\n    ...\n"
    assert codes(transactions.short_transactions, "src/posts/service.py", code) == ["H103"]
    assert codes(transactions.short_transactions, "src/database.py", code) == []


def test_a_listed_module_takes_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "SHORT_TRANSACTION_MODULES", ("src/archives/export.py",))
    code = "def export(session: ReadSession) -> None:\n    ...\n"
    assert codes(transactions.short_transactions, "src/archives/export.py", code) == ["H103"]
    assert codes(transactions.short_transactions, "src/archives/service.py", code) == []
    assert (
        codes(transactions.short_transactions, "src/archives/export.py", code.replace("ReadSession", "Database")) == []
    )


def test_names_of_an_io_package_may_be_used_in_a_transaction() -> None:
    code = "from src.outbound.constants import ErrorCode\ndef f(session: ReadSession) -> None: ...\n"
    assert codes(transactions.short_transactions, "src/posts/service.py", code) == []
    inside = "from src.outbound import client\ndef f(session: ReadSession) -> None: ...\n"
    assert codes(transactions.short_transactions, "src/outbound/service.py", inside) == []
