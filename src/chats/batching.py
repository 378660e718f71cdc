"""Sends of one process, joined while the database is busy: the more there are, the less each of them costs.

A chat's messages take one of a few lanes, so that no two statements wait for the same chat's lock and the messages of
a sender to a chat keep their order. A lane that is idle sends at once; what comes while its statement runs waits for
the next one. A chat that somebody holds leaves its lane for one of its own.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

from src import clock
from src.chats.sending import SEND, Draft, Sent, arguments
from src.config import Settings
from src.database import Database

logger = logging.getLogger(__name__)

# Sends have so many connections, of their own.
LANES = 4
# And so many chats that are held are waited for at once, over some more.
PATIENT = 2
# To plan the one statement takes longer than to run it, so it is planned once for each connection; and always by the
# indexes, as tables that were small at that time do not stay so.
_PLANNED_ONCE = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}
# So long other chats of a lane wait at most for one that is held.
_BRIEFLY = {"lock_timeout": "250"}
# Messages of one statement.
MAX_BATCH = 100

Told = Callable[[Sent], None]


@dataclass(slots=True)
class _Waiting:
    draft: Draft
    # Called right after the commit, in the order of the numbers.
    told: Told
    sent: "asyncio.Future[Sent | None]"


@dataclass(slots=True)
class _Lane:
    database: Database
    # The one chat of this lane, if it has one of its own.
    chat_id: int | None = None
    waiting: deque[_Waiting] = field(default_factory=deque)
    is_busy: bool = False


class Batcher:
    """Found at `request.state.chat_sends`."""

    def __init__(self, database: Database, patient: Database) -> None:
        """Takes the database to send to, over connections that wait briefly for a lock, and over some that wait long.

        Args:
            database: for all; `LANES` connections are enough.
            patient: for chats that somebody holds; `PATIENT` are enough.
        """
        self._patient = patient
        self._lanes = [_Lane(database) for _ in range(LANES)]
        # By chat, as long as there is something in them.
        self._apart: dict[int, _Lane] = {}
        self._turns = asyncio.Semaphore(PATIENT)
        self._running: set[asyncio.Task[None]] = set()

    def send(self, draft: Draft, told: Told) -> "asyncio.Future[Sent | None]":
        """Sends a message; the answer comes once it is durable, None if it was not sent.

        Whoever waits may go away: the message is sent all the same.

        Raises (the future):
            what the database raises; the message may have been sent or not, which sending it again will tell.
        """
        waiting = _Waiting(draft, told, asyncio.get_running_loop().create_future())
        self._put(self._apart.get(draft.chat_id) or self._lanes[draft.chat_id % LANES], [waiting])
        return waiting.sent

    async def close(self) -> None:
        """Waits for what is being sent."""
        while self._running:
            await asyncio.gather(*self._running)

    def _put(self, lane: _Lane, some: Sequence[_Waiting]) -> None:
        lane.waiting.extend(some)
        if not lane.is_busy:
            lane.is_busy = True
            task = asyncio.create_task(self._drain(lane), name=f"chat sends {lane.chat_id or ''}")
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _drain(self, lane: _Lane) -> None:
        try:
            while lane.waiting:
                if lane.chat_id is None:
                    await self._send_all(lane, _next_batch(lane.waiting))
                else:
                    async with self._turns:
                        await self._send_all(lane, _next_batch(lane.waiting))
        finally:
            lane.is_busy = False
            if lane.chat_id is not None:
                del self._apart[lane.chat_id]

    async def _send_all(self, lane: _Lane, batch: Sequence[_Waiting]) -> None:
        try:
            rows = await SEND.alone(lane.database, **arguments([one.draft for one in batch], clock.now()))
        except asyncpg.LockNotAvailableError as error:
            await self._part(lane, batch, error)
        except Exception as error:  # noqa: BLE001  handed to whoever waits
            if len(batch) == 1:
                _fail(batch, error)
                return
            # One of them may be the cause, such as a client id that is being used elsewhere in this moment.
            for one in batch:
                await self._send_all(lane, [one])
        else:
            _settle(batch, rows)

    async def _part(self, lane: _Lane, batch: Sequence[_Waiting], error: Exception) -> None:
        """Somebody holds one of these chats for long: that one gets a lane of its own, where it holds up no other."""
        if lane.chat_id is not None:
            _fail(batch, error)
            return
        chats: dict[int, list[_Waiting]] = {}
        for one in batch:
            chats.setdefault(one.draft.chat_id, []).append(one)
        for chat_id, those in chats.items():
            if len(chats) > 1:
                await self._send_all(lane, those)
            else:
                later = [one for one in lane.waiting if one.draft.chat_id == chat_id]
                lane.waiting = deque(one for one in lane.waiting if one.draft.chat_id != chat_id)
                own = self._apart.setdefault(chat_id, _Lane(self._patient, chat_id))
                self._put(own, [*those, *later])


def _next_batch(lane: deque[_Waiting]) -> list[_Waiting]:
    """The next messages, in their order; up to one that is there already, whose turn comes with the next batch."""
    batch: list[_Waiting] = []
    names: set[tuple[int, UUID]] = set()
    while lane and len(batch) < MAX_BATCH:
        name = (lane[0].draft.sender_id, lane[0].draft.cid)
        if name in names:
            break
        names.add(name)
        batch.append(lane.popleft())
    return batch


def _tell(waiting: _Waiting, sent: Sent) -> None:
    try:
        waiting.told(sent)
    except Exception:
        # It is durable, so its sender learns that; who was not told finds it in the log of the chat.
        logger.exception("a message was sent, but not told of")


def _settle(batch: Sequence[_Waiting], rows: Sequence[asyncpg.Record]) -> None:
    """Answers whoever waits; of what is not among the rows: that it was not sent."""
    places = {row["place"]: Sent(row["id"], row["seq"], row["ev"], row["names_all"]) for row in rows}
    for place, one in enumerate(batch, start=1):
        sent = places.get(place)
        if sent is not None:
            _tell(one, sent)
        if not one.sent.done():
            one.sent.set_result(sent)


def _fail(batch: Sequence[_Waiting], error: Exception) -> None:
    for one in batch:
        if not one.sent.done():
            one.sent.set_exception(error)


@asynccontextmanager
async def opened(_settings: Settings, database: Database) -> AsyncIterator[Batcher]:
    """The batcher of a process, for its whole life."""
    apart, patient = database.apart(LANES, _PLANNED_ONCE | _BRIEFLY), database.apart(PATIENT, _PLANNED_ONCE)
    batcher = Batcher(apart, patient)
    try:
        yield batcher
    finally:
        await batcher.close()
        await apart.close()
        await patient.close()
