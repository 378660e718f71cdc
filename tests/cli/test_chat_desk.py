"""What a chat's terminal tells the server of what was read."""

import asyncio
from dataclasses import dataclass, field
from typing import cast

import pytest

from src.cli.chat_desk import Desk
from src.client import api as client_api
from src.client import schemas
from tests.cli.test_chat_lines import ME, chat

pytestmark = pytest.mark.unit


@dataclass
class SlowApi:
    """A server that answers when it may."""

    told: list[tuple[int, int]] = field(default_factory=list)
    is_asked: asyncio.Event = field(default_factory=asyncio.Event)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self, chat_id: int, seq: int) -> schemas.ReadMark:
        """Notes what was read."""
        self.is_asked.set()
        await self.may_answer.wait()
        self.told.append((chat_id, seq))
        return schemas.ReadMark(read_seq=seq, unread_count=0, mentions_count=0)


async def test_who_leaves_waits_for_what_is_being_told() -> None:
    api = SlowApi()
    desk = Desk(cast("client_api.Api", api), ME, show=print)
    desk.add(chat(last_seq=3))
    desk._read(7, 3)
    telling = asyncio.create_task(desk.mark_now())
    await api.is_asked.wait()
    leaving = asyncio.create_task(desk.mark_now())
    await asyncio.sleep(0)
    assert not leaving.done()
    api.may_answer.set()
    await leaving
    assert api.told == [(7, 3)]
    await telling
