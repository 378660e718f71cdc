"""The data directory of the server: made whole or not at all, closed to everybody, with two roles of our own.

Nobody can log in as superuser. What needs one is done by the single-user server, which takes no connections.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from src.embedded.account import Account
from src.embedded.exceptions import EmbeddedError
from src.embedded.state import State

APPLICATION = "hearth"
"""Reads and writes rows; owns nothing."""

OWNER = "hearth_owner"
"""Owns the schema, runs migrations, may make databases (the tests' clones); no superuser either."""

DATABASE = "hearth"

_FIRST_OBJECT = 16384
"""PostgreSQL's FirstNormalObjectId."""

_PATH_BYTES = 900
"""PostgreSQL cuts paths at 1,024 bytes, its own file names included."""

_ACCESS = f"""\
# Written by Hearth at each start. No superuser, no replication, no address: two roles, each by its password.
local  all  {APPLICATION}  scram-sha-256
local  all  {OWNER}  scram-sha-256
"""

_SETTINGS = """\
# Written by Hearth at each start; settings of your own go to the end of postgresql.conf.
listen_addresses = ''
unix_socket_permissions = 0700
password_encryption = 'scram-sha-256'

# For a small machine with an SSD.
max_connections = 100
shared_buffers = '128MB'
effective_cache_size = '1GB'
work_mem = '8MB'
maintenance_work_mem = '64MB'
max_wal_size = '1GB'
random_page_cost = 1.1
# Short statements gain nothing from these, and a container's /dev/shm is too small for parallel ones.
jit = off
max_parallel_workers_per_gather = 0
max_parallel_maintenance_workers = 0
max_logical_replication_workers = 0

# A statement whose client is gone ends within a second.
client_connection_check_interval = '1s'

timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %u '
# Never a value out of a row or a statement.
log_error_verbosity = 'terse'
log_min_error_statement = 'panic'
log_checkpoints = off
"""

_UNLESS_EXISTS = "DO $$ BEGIN IF to_regrole('{role}') IS NULL THEN CREATE ROLE {role}; END IF; END $$"

_ROLES = (
    *(_UNLESS_EXISTS.format(role=role) for role in (APPLICATION, OWNER)),
    f"ALTER ROLE {APPLICATION} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS",
    f"ALTER ROLE {OWNER} LOGIN CREATEDB NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS",
    # So that the owner can end the application's sessions; it gains no other right by it.
    f"GRANT {APPLICATION} TO {OWNER}",
    f"ALTER ROLE {APPLICATION} SET statement_timeout = '5s'",
    f"ALTER ROLE {APPLICATION} SET lock_timeout = '2s'",
    f"ALTER ROLE {APPLICATION} SET idle_in_transaction_session_timeout = '10s'",
    f"ALTER ROLE {APPLICATION} SET transaction_timeout = '30s'",
)

_ON_OWNERS = f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER}"

# In template1 as well, so that every database that is made from it has them.
_RIGHTS = (
    f"{_ON_OWNERS} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APPLICATION}",
    f"{_ON_OWNERS} GRANT USAGE, SELECT ON SEQUENCES TO {APPLICATION}",
    f"{_ON_OWNERS} REVOKE EXECUTE ON ROUTINES FROM PUBLIC",
    f"{_ON_OWNERS} GRANT EXECUTE ON ROUTINES TO {APPLICATION}",
    f"{_ON_OWNERS} GRANT USAGE ON SCHEMAS TO {APPLICATION}",
)

FINGERPRINT = hashlib.sha256("\n".join((*_ROLES, *_RIGHTS)).encode()).hexdigest()
"""Changes with the roles and rights that this release sets up."""


def versions(home: Path) -> list[int]:
    """The major versions of the clusters in a folder, in ascending order."""
    return sorted(int(entry.name) for entry in home.iterdir() if entry.name.isdigit() and entry.is_dir())


def check(cluster: Path) -> None:
    """Raises EmbeddedError for a cluster that cannot be whole, or whose path is too long for PostgreSQL."""
    if len(os.fsencode(cluster)) > _PATH_BYTES:
        reason = f"The path of the data directory is too long for PostgreSQL (over {_PATH_BYTES} bytes)."
        raise EmbeddedError(f"{reason} Choose a shorter one or set DATABASE_URL.")
    if not cluster.exists():
        return
    for name in ("PG_VERSION", "global/pg_control", "pg_wal"):
        if not (cluster / name).exists():
            reason = f"{cluster} is no complete PostgreSQL data directory ({name} is missing)."
            raise EmbeddedError(f"{reason} Restore it from a backup, or move it away to begin with an empty one.")


def initialise(draft: Path, programs: Path, account: Account, *, durable: bool, keep: Sequence[int]) -> None:
    """Makes an empty cluster in the folder `draft`, in place of what an interrupted start may have left there."""
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    account.give(draft)
    account.run(
        programs / "initdb",
        *("-D", draft, "--username=postgres", "--auth=reject", "--data-checksums", "--no-instructions"),
        *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        "--text-search-config=simple",
        *(() if durable else ("--no-sync",)),
        keep=keep,
    )
    with (draft / "postgresql.conf").open("a") as file:
        file.write("\ninclude 'hearth.conf'\n")
    configure(draft, account)


def configure(cluster: Path, account: Account) -> None:
    """Writes who may connect and how the server runs, and closes the folder; for the next start."""
    cluster.chmod(0o700)
    for name, text in (("pg_hba.conf", _ACCESS), ("hearth.conf", _SETTINGS)):
        # By way of a new file: the folder is the server's, and a link that it left there must not be followed.
        descriptor, draft = tempfile.mkstemp(dir=cluster, prefix=f".{name}-")
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            account.give(file.fileno())
        Path(draft).replace(cluster / name)


def provision(
    cluster: Path, programs: Path, account: Account, state: State, *, fresh: bool, keep: Sequence[int]
) -> None:
    """Sets up roles, passwords, rights and, in a fresh cluster, the database; for a server that does not run."""
    passwords = (
        f"ALTER ROLE {APPLICATION} PASSWORD '{state.application_password}'",
        f"ALTER ROLE {OWNER} PASSWORD '{state.owner_password}'",
    )
    everywhere = (*_ROLES, *passwords, *_RIGHTS)
    runs: list[tuple[str, Sequence[str]]]
    if fresh:
        # The single-user server would give out numbers from the range of initdb, whose objects no upgrade carries over.
        account.run(programs / "pg_resetwal", f"--next-oid={_FIRST_OBJECT}", "-D", cluster, keep=keep)
        runs = [("template1", (*everywhere, f"CREATE DATABASE {DATABASE} OWNER {OWNER}"))]
    else:
        runs = [("template1", everywhere), (DATABASE, _RIGHTS)]
    for database, statements in runs:
        account.run(
            programs / "postgres",
            *("--single", "-D", cluster, "-c", "exit_on_error=on", database),
            text="\n".join((*statements, "")),
            keep=keep,
        )
