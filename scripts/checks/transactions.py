"""Rules of the unit of work: who commits, who builds SQL, and who may hold a transaction while the world is slow."""

import ast
from collections.abc import Iterator

from scripts.checks.source import Finding, FunctionNode, Source, matches

# The database, its supervisor and its history; everybody else gets a session and leaves the commit to its opener.
# (What Kafka's consumers commit are offsets.)
COMMITTERS = ("src/database.py", "src/embedded.py", "src/embedded/", "src/events/fetching.py", "src/migrations.py")

# Where statements are built. A package's second noun has its own service module and stands here by its path.
SQL_MODULES = (
    "src/*/service*.py",
    "src/*/*queries*.py",
    "src/*/*dependencies*.py",
    "src/*/visibility.py",
    "src/*/*jobs*.py",
    "src/*/*handlers*.py",
    "src/*/*archive*.py",
    "src/*/checks.py",
    "src/*/*models*.py",
    # the ground and the infrastructure that every package writes through
    "src/database.py",
    "src/embedded.py",
    "src/embedded/",
    "src/events/",
    "src/idempotency.py",
    "src/models.py",
    "src/pagination.py",
    "src/tasks/",
    # second nouns
    "src/auth/account_list.py",
    "src/auth/administration.py",
    "src/auth/api_keys.py",
    "src/auth/bots.py",
    "src/auth/audit.py",
    "src/auth/emails.py",
    "src/auth/ended.py",
    "src/auth/invitations.py",
    "src/auth/links.py",
    "src/auth/password_resets.py",
    "src/auth/reauthentication.py",
    "src/auth/second_factors.py",
    "src/auth/security_events.py",
    "src/auth/sessions.py",
    "src/chats/sending.py",
    "src/chats/stream.py",
    "src/groups/membership.py",
    "src/notifications/arrivals.py",
    "src/posts/counters.py",
    "src/realtime/personal.py",
    "src/realtime/presence.py",
    "src/timelines/candidates.py",
    "src/timelines/fan_out.py",
    "src/timelines/found.py",
    "src/timelines/popular.py",
    "src/timelines/reads.py",
    "src/timelines/rebuild.py",
    "src/timelines/threads.py",
)
# Whatever the list above says, these speak with people or name things; they never speak with the database.
NEVER_SQL = ("router.py", "*_router.py", "schemas.py", "constants.py", "exceptions.py")
CONSTRUCTORS = frozenset({"select", "insert", "update", "delete", "text", "union", "union_all", "exists"})
DRIVER_CALLS = frozenset(
    {"exec_driver_sql", "execute", "executemany", "fetch", "fetchrow", "fetchval", "scalar", "scalars"}
)
SQL_WORDS = ("SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH ")

# Trimming a list to its length counts rows once in a while; paging never does (docs/decisions/0005).
# (What Kafka calls so is a place.)
OFFSETS = ("src/*/jobs.py", "src/events/fetching.py")

# Modules that wait for the network or a disk between their statements: they take `db: Database` and open short
# transactions. Whoever imports an I/O package is one of them without standing here.
SHORT_TRANSACTION_MODULES: tuple[str, ...] = (
    "src/cli/",
    "src/containers/",
    "src/events/consumer.py",
    "src/events/fetching.py",
    "src/events/gateway.py",
    "src/events/kafka.py",
    "src/events/producer.py",
    "src/events/topics.py",
    "src/mail/jobs.py",
    "src/mail/transport.py",
    "src/mastodon_archive/importing.py",
    "src/mastodon_archive/reader.py",
    "src/media/directory_store.py",
    "src/media/disk.py",
    "src/media/moving.py",
    "src/media/processing.py",
    "src/media/s3_store.py",
    "src/media/serving.py",
    "src/media/stores.py",
    "src/media/upkeep.py",
    "src/media/uploads.py",
    "src/scheduler/",
    "src/tasks/runner.py",
)
IO_PACKAGES = ("src.aws", "src.outbound")
# Modules of an I/O package that do no I/O: anybody may import them.
QUIET_MODULES = frozenset({"config", "constants", "exceptions", "schemas"})
SESSIONS = frozenset({"AsyncSession", "ReadDep", "ReadSession", "WriteDep", "WriteSession"})
DATABASES = frozenset({"Database", "DatabaseDep"})


def commits(source: Source) -> Iterator[Finding]:
    """H101: only the database commits or rolls back."""
    if matches(source.path, COMMITTERS):
        return
    for call in source.calls:
        if isinstance(call.func, ast.Attribute) and call.func.attr in {"commit", "rollback"}:
            yield source.finding(call, "H101", f".{call.func.attr}() belongs to src/database.py; take the session")


def statements(source: Source) -> Iterator[Finding]:
    """H102: statements are built in services, queries, and the few other places of SQL_MODULES."""
    if matches(source.path, SQL_MODULES) and not matches(source.path, NEVER_SQL):
        return
    for call in source.calls:
        name = _statement(source, call)
        if name:
            yield source.finding(call, "H102", f"{name} builds SQL; this belongs to a service or to queries.py")


def _statement(source: Source, call: ast.Call) -> str | None:
    origin = source.origin(call.func)
    if origin and origin.startswith("sqlalchemy.") and origin.rpartition(".")[2] in CONSTRUCTORS:
        return f"{origin.rpartition('.')[2]}()"
    if not isinstance(call.func, ast.Attribute):
        return None
    owner = call.func.value
    if call.func.attr in CONSTRUCTORS and isinstance(owner, ast.Attribute) and owner.attr == "__table__":
        return f"__table__.{call.func.attr}()"
    text = call.args[0] if call.args else None
    if call.func.attr in DRIVER_CALLS and isinstance(text, ast.Constant) and isinstance(text.value, str):
        return f".{call.func.attr}()" if text.value.lstrip().upper().startswith(SQL_WORDS) else None
    return None


def offsets(source: Source) -> Iterator[Finding]:
    """H104: a page is found by its key, never by counting the rows before it."""
    if matches(source.path, OFFSETS):
        return
    for call in source.calls:
        if isinstance(call.func, ast.Attribute) and call.func.attr == "offset":
            yield source.finding(call, "H104", "no OFFSET; page by keyset (src/pagination.py)")


def short_transactions(source: Source) -> Iterator[Finding]:
    """H103: a function that does I/O holds no session, and none takes both the database and a session."""
    if source.path == "src/database.py":
        return
    waits = matches(source.path, SHORT_TRANSACTION_MODULES) or any(
        _does_io(source, name) for _, name in source.imported
    )
    for function in source.functions:
        taken = _annotated(function)
        session = sorted(taken & SESSIONS)
        if session and (waits or taken & DATABASES):
            message = (
                f"{function.name} takes {session[0]} where I/O happens; take `db: Database`, open short transactions"
            )
            yield source.finding(function, "H103", message)


def _does_io(source: Source, imported: str) -> bool:
    parts = imported.split(".")
    package = ".".join(parts[:2])
    return package in IO_PACKAGES and source.package != parts[1] and not QUIET_MODULES & set(parts[2:3])


def _annotated(function: FunctionNode) -> set[str]:
    """The names in the annotations of a function's arguments."""
    arguments = function.args
    found: set[str] = set()
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        for node in ast.walk(argument.annotation) if argument.annotation else ():
            if isinstance(node, ast.Name):
                found.add(node.id)
            elif isinstance(node, ast.Attribute):
                found.add(node.attr)
    return found
