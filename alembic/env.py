"""Runs the revisions on the database whose engine `src.migrations` passes in."""

from sqlalchemy import Connection

from alembic import context
from src.features import metadata

# One start migrates, the others wait for it here.
_ADVISORY_LOCK = 0x48656172_7468
# A migration that cannot get its lock soon fails rather than making everybody queue behind it.
_LOCK_TIMEOUT = "5s"
_STATEMENT_TIMEOUT = "60s"


def run(connection: Connection) -> None:
    """Migrates over this connection, one transaction a revision, one process at a time."""
    connection.exec_driver_sql(f"SET statement_timeout = '{_STATEMENT_TIMEOUT}'")
    connection.exec_driver_sql(f"SELECT pg_advisory_lock({_ADVISORY_LOCK})")
    connection.exec_driver_sql(f"SET lock_timeout = '{_LOCK_TIMEOUT}'")
    connection.commit()
    try:
        context.configure(
            connection=connection, target_metadata=metadata(), transaction_per_migration=True, compare_type=True
        )
        with context.begin_transaction():
            context.run_migrations()
    finally:
        connection.rollback()
        connection.exec_driver_sql(f"SELECT pg_advisory_unlock({_ADVISORY_LOCK})")
        connection.commit()


run(context.config.attributes["connection"])
