"""What an export of one account holds, in a test."""

from src.database import ReadSession
from src.feature import Statements


async def exported(session: ReadSession, statements: Statements) -> dict[str, list[dict[str, object]]]:
    """The rows that the statements of a package's `export` find, as plain rows by table."""
    return {
        name: [dict(row) for row in (await session.execute(statement)).mappings()]
        for name, statement in statements.items()
    }
