"""What comes over the socket, as it is shown at a chat's terminal."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from pydantic import BaseModel, ValidationError

from src import visible
from src.cli import chat_lines
from src.cli.chat_desk import Desk
from src.client import connection, news, schemas
from src.client import exceptions as client_exceptions

_STREAM = "chat:"
_WAIT_SECONDS = 1.0


class _Place(BaseModel):
    id: int
    seq: int | None = None


class _Reacted(BaseModel):
    id: int
    seq: int
    reactions: list[schemas.Reaction]


class _Who(BaseModel):
    account_id: int
    role: str | None = None


class _Read(BaseModel):
    chat_id: int
    unread_count: int = 0
    mentions_count: int = 0


class Follower:
    """Reads the news of a connection for as long as it lasts, and keeps the desk right."""

    def __init__(self, client: connection.Client, desk: Desk, turn: asyncio.Lock) -> None:
        """Takes the connection, the desk, and what keeps commands and news from changing it at once."""
        self._client = client
        self._desk = desk
        self._turn = turn
        self._is_away = False
        self.has_begun = asyncio.Event()
        self._handlers: dict[str, Callable[[int, Mapping[str, object]], Awaitable[None]]] = {
            "msg.new": self._new,
            "msg.edit": self._changed,
            "msg.change": self._changed,
            "msg.delete": self._deleted,
            "msg.react": self._reacted,
            "chat.change": self._chat_changed,
            "member.join": self._joined,
            "member.leave": self._left,
        }

    async def run(self) -> None:
        """Follows.

        Raises:
            Ended: the server has ended the connection for good.
            Refused: it does not even list the chats.
        """
        async for one in self._client:
            async with self._turn:
                await self._handled(one)

    async def _handled(self, one: news.News) -> None:
        """Handles it, once the server answers what that takes: nothing is left out."""
        while True:
            try:
                await self._handle(one)
            except client_exceptions.Unreachable:
                await asyncio.sleep(_WAIT_SECONDS)
            except client_exceptions.Refused as refused:
                if not refused.retry:
                    if not self.has_begun.is_set():
                        raise
                    # The chat or the message is gone meanwhile.
                    return
                await asyncio.sleep(max(refused.after, _WAIT_SECONDS))
            except ValidationError:
                # A newer server speaks of it in other words.
                return
            else:
                return

    async def _handle(self, one: news.News) -> None:
        match one:
            case news.Online():
                await self._online(one)
            case news.Offline() if not self._is_away:
                self._is_away = True
                self._desk.show(f"-- not connected: {visible.line(one.reason)}; trying again")
            case news.Happened():
                await self._happened(one)
            case news.Passing():
                self._passing(one)
            case news.Anew() if (chat_id := _chat_of(one.stream)) is not None:
                await self._desk.catch_up(chat_id)
            case news.Gone() if (chat_id := _chat_of(one.stream)) is not None:
                self._gone(chat_id)
            case _:
                pass

    async def _online(self, one: news.Online) -> None:
        if self._is_away:
            self._is_away = False
            self._desk.show("-- connected again")
        if one.is_fresh or not self.has_begun.is_set():
            await self._desk.load()
            self.has_begun.set()

    async def _happened(self, one: news.Happened) -> None:
        chat_id = _chat_of(one.stream)
        if chat_id is None:
            if one.type == "chat.read":
                read = _Read.model_validate(one.data)
                self._desk.was_read(read.chat_id, unread=read.unread_count, mentions=read.mentions_count)
            return
        if chat_id not in self._desk.seats:
            chat = await self._desk.api.chat(chat_id)
            if chat.membership is None:
                # A public channel that one has just left: what was said of it comes still, and it can still be read.
                return
            self._desk.add(chat)
            self._desk.show(f"-- you are in {self._desk.title(chat_id)} now: /open {len(self._desk.numbers)}")
        handler = self._handlers.get(one.type)
        if handler is not None:
            await handler(chat_id, one.data)

    def _passing(self, one: news.Passing) -> None:
        chat_id = _chat_of(one.stream)
        if one.type == "typing" and chat_id is not None and chat_id == self._desk.open_id:
            self._desk.writes(_Who.model_validate(one.data).account_id, one.seconds)

    async def _new(self, chat_id: int, data: Mapping[str, object]) -> None:
        await self._desk.came(chat_id, schemas.Message.model_validate(data))

    async def _changed(self, chat_id: int, data: Mapping[str, object]) -> None:
        if chat_id == self._desk.open_id:
            self._desk.changed(schemas.Message.model_validate(data))

    async def _deleted(self, chat_id: int, data: Mapping[str, object]) -> None:
        seq = _Place.model_validate(data).seq
        if chat_id == self._desk.open_id and seq in self._desk.messages:
            del self._desk.messages[seq]
            self._desk.show(f"-- #{seq} was deleted")

    async def _reacted(self, chat_id: int, data: Mapping[str, object]) -> None:
        found = _Reacted.model_validate(data)
        if chat_id == self._desk.open_id and found.seq in self._desk.messages:
            self._desk.show(f"-- #{found.seq}: {chat_lines.reactions(found.reactions)}")

    async def _chat_changed(self, chat_id: int, _data: Mapping[str, object]) -> None:
        before = self._desk.title(chat_id)
        await self._desk.load_one(chat_id)
        if self._desk.title(chat_id) != before:
            self._desk.show(f"-- {before} is called {self._desk.title(chat_id)} now")

    async def _joined(self, chat_id: int, data: Mapping[str, object]) -> None:
        await self._moved(chat_id, _Who.model_validate(data).account_id, "has joined")

    async def _left(self, chat_id: int, data: Mapping[str, object]) -> None:
        account_id = _Who.model_validate(data).account_id
        if account_id == self._desk.me.id:
            self._gone(chat_id)
        else:
            await self._moved(chat_id, account_id, "has left")

    async def _moved(self, chat_id: int, account_id: int, how: str) -> None:
        if chat_id == self._desk.open_id and account_id != self._desk.me.id:
            self._desk.show(f"-- {await self._desk.name_of_member(chat_id, account_id)} {how}")

    def _gone(self, chat_id: int) -> None:
        if chat_id in self._desk.seats:
            self._desk.show(f"-- you are not in {self._desk.title(chat_id)} any more")
            self._desk.remove(chat_id)


def _chat_of(stream: str) -> int | None:
    number = stream.removeprefix(_STREAM)
    return int(number) if stream.startswith(_STREAM) and number.isascii() and number.isdigit() else None
