"""`Idempotency-Key`: a creation that is sent twice happens once, and both get the same answer.

The key is claimed at the start of the unit of work and the answer is stored in the same transaction as the effect, so
there is never one without the other; what failed left nothing behind and may be sent again. `Route` stores the answer
because only it sees it: after the handler, before the commit. Keys live for a day.

The draft of the IETF (draft-ietf-httpapi-idempotency-key-header) leaves the status of a reused key open; 409 here.
"""

import hashlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from sqlalchemy import LargeBinary, SmallInteger, Text, delete, func, insert, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from src import clock
from src.database import Database, WriteSession
from src.exceptions import Conflict
from src.models import Base

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
MAX_KEY = 255
# Visible ASCII: what every proxy passes on unchanged.
KEY_PATTERN = r"^[\x21-\x7e]+$"
KEPT = timedelta(hours=24)
# A route that has streamed its body to a disk leaves a digest of it in the request's state under this name.
STREAMED_DIGEST = "streamed_digest"

_LOCK_SPACE = b"hearth idempotency\0"
_NOT_STORED = frozenset({"content-length", "set-cookie"})


class ErrorCode(StrEnum):
    """Codes of repeated requests."""

    REQUEST_RUNNING = "request_running"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"


class RequestRunning(Conflict):
    """The first request with this key has not been answered yet."""

    code = ErrorCode.REQUEST_RUNNING
    detail = "A request with this Idempotency-Key is still running; ask again for its answer."
    retryable = True

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "1"})


class IdempotencyKeyReused(Conflict):
    """The key stands for another request."""

    code = ErrorCode.IDEMPOTENCY_KEY_REUSED
    detail = "This Idempotency-Key was used for a request with other content; take a new one."


class StoredAnswer(Base):
    """The answer that a key stands for."""

    __tablename__ = "idempotency_keys"

    account_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    method: Mapped[str] = mapped_column(Text, primary_key=True)
    path: Mapped[str] = mapped_column(Text, primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int] = mapped_column(SmallInteger)
    headers: Mapped[dict[str, str]] = mapped_column(JSONB)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(index=True)


@dataclass(frozen=True)
class _Claim:
    session: WriteSession
    account_id: int
    key: str
    method: str
    path: str
    fingerprint: bytes


class _Replay(Exception):  # no error: a short cut past the handler
    def __init__(self, stored: StoredAnswer) -> None:
        super().__init__()
        self.stored = stored


class Route(APIRoute):
    """The class of routes that create: `APIRouter(route_class=idempotency.Route)`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, which stores the answer of a claimed request or gives the stored one."""
        handle = super().get_route_handler()

        async def handle_once(request: Request) -> Response:
            try:
                response = await handle(request)
            except _Replay as replay:
                return _answer(replay.stored)
            claim: _Claim | None = getattr(request.state, "idempotency_claim", None)
            if claim is not None and response.status_code < 400:
                await _store(claim, response)
            return response

        return handle_once


async def claim(session: WriteSession, request: Request, *, account_id: int, key: str) -> None:
    """Takes the key for this request until its unit of work ends; called before the handler, by a dependency.

    Raises:
        RequestRunning: another request holds the key.
        IdempotencyKeyReused: the key stands for other content.
        TypeError: the route is no `Route`, so the answer would not be stored.
    """
    if not isinstance(request.scope.get("route"), Route):
        message = "a router whose routes take CreateDep needs route_class=idempotency.Route"
        raise TypeError(message)
    method, path = request.method, request.url.path
    streamed: bytes | None = getattr(request.state, STREAMED_DIGEST, None)
    content = await request.body() if streamed is None else streamed
    fingerprint = hashlib.sha256(request.url.query.encode() + b"\0" + content).digest()
    claimed = _Claim(session, account_id, key, method, path, fingerprint)
    # Two statements: the second one's snapshot is taken with the lock in hand and so sees what its last holder did.
    if not await session.scalar(select(func.pg_try_advisory_xact_lock(_lock_of(claimed)))):
        raise RequestRunning
    stored = await session.get(StoredAnswer, (account_id, key, method, path))
    if stored is None:
        request.state.idempotency_claim = claimed
    elif stored.fingerprint == fingerprint:
        raise _Replay(stored)
    else:
        raise IdempotencyKeyReused


async def purge(database: Database) -> None:
    """Forgets the keys of yesterday."""
    async with database.write() as session:
        await session.execute(delete(StoredAnswer).where(StoredAnswer.created_at < clock.now() - KEPT))


def _lock_of(claimed: _Claim) -> int:
    """The advisory lock of the key: 64 bits, signed."""
    names = (str(claimed.account_id), claimed.key, claimed.method, claimed.path)
    digest = hashlib.sha256(_LOCK_SPACE + "\0".join(names).encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


async def _store(claimed: _Claim, response: Response) -> None:
    headers = {name: value for name, value in response.headers.items() if name not in _NOT_STORED}
    await claimed.session.execute(
        insert(StoredAnswer).values(
            account_id=claimed.account_id,
            key=claimed.key,
            method=claimed.method,
            path=claimed.path,
            fingerprint=claimed.fingerprint,
            status=response.status_code,
            headers=headers,
            body=bytes(response.body),
            created_at=clock.now(),
        )
    )


def _answer(stored: StoredAnswer) -> Response:
    return Response(bytes(stored.body), stored.status, {**stored.headers, REPLAYED: "true"})
