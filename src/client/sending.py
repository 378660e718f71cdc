"""Messages on their way: each is sent under a name of its own until the server has it or refuses it.

The server knows these names for ever, so a message that is sent again because nobody knows whether it came is there
once. The messages of one chat go one after the other, in the order in which they were given.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from pydantic import BaseModel

from src.client import pacing, wire
from src.client.constants import PATIENCE_SECONDS
from src.client.exceptions import ClientError, Refused, Unreachable


class Sent(BaseModel):
    """Where a message stands.

    Attributes:
        id: its own.
        seq: its number in the chat.
        ev: its number among the entries of the chat's stream.
        dup: the server had it already.
    """

    id: int
    seq: int
    ev: int
    dup: bool
    created_at: datetime


@dataclass(frozen=True)
class _Letter:
    fields: Mapping[str, object]
    answer: "asyncio.Future[Sent]"
    patience: float


class Outbox:
    """What has been given and not acknowledged, by chat. It outlives sockets."""

    def __init__(self) -> None:
        self._lanes: dict[int, deque[_Letter]] = {}
        self._given = asyncio.Event()

    def __len__(self) -> int:
        return sum(not letter.answer.done() for lane in self._lanes.values() for letter in lane)

    async def send(
        self, chat_id: int, fields: Mapping[str, object], *, cid: UUID | None, patience: float = PATIENCE_SECONDS
    ) -> Sent:
        """Sends a message, over as many sockets as it takes.

        Raises:
            Refused: the server does not take it, or only after more seconds than `patience`.
            Unreachable: the client was closed; the message may be there or not.
        """
        whole = {**fields, "chat_id": str(chat_id), "cid": str(cid or uuid4())}
        letter = _Letter(whole, asyncio.get_running_loop().create_future(), patience)
        self._lanes.setdefault(chat_id, deque()).append(letter)
        self._given.set()
        return await letter.answer

    async def run(self, line: wire.Wire) -> None:
        """Sends over this socket for as long as it is open."""
        running: set[int] = set()
        async with asyncio.TaskGroup() as group:
            while True:
                self._given.clear()
                for chat_id in self._lanes.keys() - running:
                    running.add(chat_id)
                    group.create_task(self._clear(chat_id, line, running))
                await self._given.wait()

    def close(self, error: ClientError) -> None:
        """Nothing more is sent: so everybody who waits is told."""
        for lane in self._lanes.values():
            for letter in lane:
                if not letter.answer.done():
                    letter.answer.set_exception(error)
                    # Whoever has sent it may have stopped waiting.
                    letter.answer.exception()
        self._lanes.clear()

    async def _clear(self, chat_id: int, line: wire.Wire, running: set[int]) -> None:
        """Sends what is there for one chat, letter by letter, until nothing is left or the socket is gone."""
        lane = self._lanes[chat_id]
        backoff = pacing.Backoff()
        while lane:
            letter = lane[0]
            wait = 0.0 if letter.answer.done() else await self._sent(letter, line, backoff)
            if wait:
                await asyncio.sleep(wait)
            else:
                lane.popleft()
                backoff.restart()
        del self._lanes[chat_id]
        running.discard(chat_id)

    async def _sent(self, letter: _Letter, line: wire.Wire, backoff: pacing.Backoff) -> float:
        """Sends it once. 0: that was it; else after how many seconds to try again, on whichever socket there is."""
        try:
            sent = Sent.model_validate(await line.request("send", letter.fields))
        except Unreachable:
            return backoff.wait(1)
        except Refused as refused:
            if refused.retry and refused.after <= letter.patience:
                return max(refused.after, backoff.wait(1))
            if not letter.answer.done():
                letter.answer.set_exception(refused)
        else:
            if not letter.answer.done():
                letter.answer.set_result(sent)
        return 0.0
