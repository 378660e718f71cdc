"""The ledger of rows that have come back, as packages that restore theirs see it."""

from collections.abc import Collection, Mapping

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from src.archives.models import RestoredRow
from src.database import ReadSession, WriteSession
from src.users import queries as users_queries

_LOCK = "archives.restore"


class AccountLedger:
    """What has come into one account from archives of one other; see `restoring.Ledger`."""

    def __init__(self, account_id: int, archived_id: int) -> None:
        """Takes the account here, and the id of the one in the archive."""
        self._account_id = account_id
        self._archived_id = archived_id

    async def known(self, session: ReadSession, kind: str, old_ids: Collection[int]) -> dict[int, int]:
        """See `Ledger`."""
        if not old_ids:
            return {}
        mine = select(RestoredRow.old_id, RestoredRow.new_id).where(
            RestoredRow.account_id == self._account_id,
            RestoredRow.kind == kind,
            RestoredRow.archived_id == self._archived_id,
            users_queries.among(RestoredRow.old_id, old_ids),
        )
        return {row.old_id: row.new_id for row in await session.execute(mine)}

    async def known_of(
        self, session: ReadSession, kind: str, rows: Collection[tuple[int, int]]
    ) -> dict[tuple[int, int], int]:
        """See `Ledger`."""
        if not rows:
            return {}
        account_ids, old_ids = ({row[place] for row in rows} for place in (0, 1))
        theirs = select(RestoredRow).where(
            users_queries.among(RestoredRow.account_id, account_ids),
            RestoredRow.kind == kind,
            users_queries.among(RestoredRow.old_id, old_ids),
        )
        found = {(row.account_id, row.old_id): row.new_id for row in await session.scalars(theirs)}
        return {pair: new_id for pair, new_id in found.items() if pair in rows}

    async def hold(self, session: WriteSession) -> None:
        """See `Ledger`."""
        await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(_LOCK, self._account_id))))

    async def note(self, session: WriteSession, kind: str, ids: Mapping[int, int]) -> None:
        """See `Ledger`."""
        common = {"account_id": self._account_id, "kind": kind, "archived_id": self._archived_id}
        rows = [{**common, "old_id": old_id, "new_id": new_id} for old_id, new_id in ids.items()]
        if rows:
            await session.execute(insert(RestoredRow), rows)
