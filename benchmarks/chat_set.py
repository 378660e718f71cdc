"""Chats and people to measure with: written straight into the tables, as the server would have written them."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks import dataset
from benchmarks.house import House

# Ids lie so far back that none of the server's own comes near; the lowest bits say which lane sends.
_CHATS = """
WITH made AS (
    INSERT INTO groups (id, kind, is_fixed, members_count)
    SELECT ((extract(epoch FROM timestamptz '2026-01-01') * 1000)::bigint + $1) << 16 | n, 'chat', false, 0
    FROM generate_series(0, $2::int - 1) n RETURNING id
)
INSERT INTO chats (id, kind, name, is_public, is_read_only, slow_mode_seconds, last_seq, last_ev, latest_id)
SELECT id, 2, 'A chat', false, false, 0, 0, 0, id FROM made ORDER BY id RETURNING id
"""
_SEATS = """
WITH given AS (SELECT * FROM unnest($1::bigint[], $2::bigint[]) AS given (chat_id, account_id)),
     joined AS (
         INSERT INTO group_members (group_id, account_id, role, since) SELECT chat_id, account_id, 1, now() FROM given
     ),
     counted AS (
         UPDATE groups SET members_count = members_count + n
         FROM (SELECT chat_id, count(*) AS n FROM given GROUP BY chat_id) more WHERE id = chat_id
     )
INSERT INTO chat_seats (chat_id, account_id, read_seq) SELECT chat_id, account_id, 0 FROM given
"""
_SESSIONS = """
INSERT INTO sessions (account_id, device, address, created_at, last_used_at, expires_at, generation, digest,
                      refreshed_at)
SELECT accounts.id, 'benchmark', '127.0.0.1', now(), now(), now() + interval '30 days', 1, '', now()
FROM accounts WHERE username LIKE 'person%' ORDER BY accounts.id LIMIT $1 RETURNING id, account_id
"""


@dataclass(frozen=True)
class Person:
    """Somebody who may open a socket."""

    account_id: int
    token: str


async def people(place: House, count: int) -> Sequence[Person]:
    """So many who can sign in, all of them new."""
    await dataset.fill(place, 1)
    connection = await place.connect()
    rows = await connection.fetch(_SESSIONS, count)
    await connection.close()
    return [Person(account_id, place.token(account_id, session_id)) for session_id, account_id in rows]


async def chats(place: House, members: Sequence[Sequence[Person]], *, series: int) -> list[int]:
    """A chat for each of these circles; no two calls take the same `series`."""
    connection = await place.connect()
    found = sorted(row["id"] for row in await connection.fetch(_CHATS, series, len(members)))
    seats = [(chat_id, one.account_id) for chat_id, circle in zip(found, members, strict=True) for one in circle]
    await connection.execute(_SEATS, [chat_id for chat_id, _ in seats], [account_id for _, account_id in seats])
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
    return found
