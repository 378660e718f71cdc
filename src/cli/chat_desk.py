"""What a chat's terminal knows: one's chats, the one that is open, what of it was shown, and who is who."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from src import clock
from src.cli import chat_lines
from src.client import api as client_api
from src.client import exceptions as client_exceptions
from src.client import schemas

_KEPT = 1000
_MARK_SECONDS = 1.0
_LATEST = 20


@dataclass
class Seen:
    """A chat as it stands here.

    Attributes:
        chat: as the server told it.
        last_seq: the newest message that was counted.
        unread: messages that were not read.
        mentions: those of them that name one.
    """

    chat: schemas.Chat
    last_seq: int
    unread: int
    mentions: int

    @property
    def is_muted(self) -> bool:
        """Whether nothing is said of its messages."""
        membership = self.chat.membership
        until = None if membership is None else membership.muted_until
        return until is not None and until > clock.now()


@dataclass
class Desk:
    """All of it.

    Attributes:
        api: asks the server.
        me: whose chats these are.
        show: prints lines.
        is_attended: somebody sits there who reads what is shown before writing on.
        seats: the chats, by id.
        numbers: the chats as they were listed: the first one is number 1.
        open_id: of the open chat.
        messages: those of the open chat that came last, by number.
    """

    api: client_api.Api
    me: schemas.Account
    show: Callable[[str], None]
    is_attended: bool = False
    seats: dict[int, Seen] = field(default_factory=dict)
    numbers: list[int] = field(default_factory=list)
    open_id: int | None = None
    messages: dict[int, schemas.Message] = field(default_factory=dict)
    # The newest and the oldest number that was shown of the open chat.
    _shown: int = 0
    _first: int = 1
    _names: dict[int, str] = field(default_factory=dict)
    _writing: dict[int, float] = field(default_factory=dict)
    _marks: dict[int, int] = field(default_factory=dict)
    _marked: asyncio.Event = field(default_factory=asyncio.Event)
    _marking: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def prompt(self) -> str:
        """What stands before the line that one writes."""
        return f"{self.title(self.open_id)}> " if self.open_id in self.seats else "> "

    @property
    def writers(self) -> list[str]:
        """Who is writing something in the open chat just now."""
        now = time.monotonic()
        return [self._names.get(id_, "somebody") for id_, until in self._writing.items() if until > now]

    def title(self, chat_id: int | None) -> str:
        """What a chat is called."""
        seat = None if chat_id is None else self.seats.get(chat_id)
        return "" if seat is None else chat_lines.title(seat.chat, self.me)

    async def load(self) -> None:
        """Reads the list of chats anew; raises as `Calls.ask`, as do all that follow."""
        chats = await self.api.chats()
        self.seats = {chat.id: _seen(chat) for chat in chats}
        self.numbers = [chat.id for chat in chats]
        for chat in chats:
            self._meet([chat.partner] if chat.partner else [])
        if self.open_id not in self.seats:
            self.close()

    async def load_one(self, chat_id: int) -> None:
        """Reads one chat anew."""
        self.add(await self.api.chat(chat_id))

    def add(self, chat: schemas.Chat) -> None:
        """A chat is as the server says now."""
        self.seats[chat.id] = _seen(chat)
        self._meet([chat.partner] if chat.partner else [])
        if chat.id not in self.numbers:
            self.numbers.append(chat.id)

    def remove(self, chat_id: int) -> None:
        """It is one's own no more. The numbers of others stay."""
        self.seats.pop(chat_id, None)
        if chat_id == self.open_id:
            self.close()

    def list_chats(self) -> None:
        """Shows the list."""
        for number, chat_id in enumerate(self.numbers, start=1):
            seat = self.seats.get(chat_id)
            if seat is not None:
                name = self.title(chat_id)
                self.show(chat_lines.listed(number, name, unread=seat.unread, mentions=seat.mentions))

    async def open(self, chat_id: int) -> None:
        """Opens a chat and shows its last messages."""
        self.let_go()
        history = await self.api.history(chat_id, limit=_LATEST)
        self.close()
        self.open_id = chat_id
        self._take(history)
        # Not `history.last_seq`, which may be of a message that came after the page was read.
        self._shown = history.items[-1].seq if history.items else 0
        self._first = history.items[0].seq if history.items else 1
        if history.has_before:
            self.show("-- /back shows what was before")
        for message in history.items:
            self.tell(message)
        self._read(chat_id, self._shown)

    def let_go(self) -> None:
        """Another chat is wanted. If it cannot be had, what a script says next must not go to the one that is open.

        Who sits there reads why not, and at the prompt where they still are.
        """
        if not self.is_attended:
            self.close()

    def close(self) -> None:
        """No chat is open."""
        self.open_id = None
        self._shown = 0
        self.messages.clear()
        self._writing.clear()

    async def back(self) -> None:
        """Shows earlier messages of the open chat."""
        if self.open_id is None:
            return
        history = await self.api.history(self.open_id, before=self._first, limit=_LATEST)
        self._take(history)
        self._first = history.items[0].seq if history.items else self._first
        for message in history.items:
            self.tell(message)
        if not history.has_before:
            self.show("-- the beginning")

    async def catch_up(self, chat_id: int) -> None:
        """A part of the stream is not to be had any more: what the open chat has got is read from its history."""
        await self.load_one(chat_id)
        has_more = chat_id == self.open_id
        while has_more:
            history = await self.api.history(chat_id, after=self._shown)
            self._take(history)
            for message in history.items:
                self.tell(message)
                self._shown = message.seq
            has_more = history.has_after and bool(history.items)
        if chat_id == self.open_id:
            self._read(chat_id, self._shown)

    async def came(self, chat_id: int, message: schemas.Message) -> None:
        """A new message: shown if its chat is open, and else told of."""
        seat = self.seats[chat_id]
        if chat_id == self.open_id:
            self._writing.pop(message.sender_id or 0, None)
            if message.seq > self._shown:
                self._shown = message.seq
                await self.name_of(chat_id, message)
                self._keep(message)
                self.tell(message)
                self._read(chat_id, message.seq)
        elif message.seq > seat.last_seq:
            seat.last_seq = message.seq
            if message.sender_id != self.me.id and message.deleted_at is None:
                seat.unread += 1
                if not seat.is_muted:
                    author = await self.name_of(chat_id, message)
                    self.show(chat_lines.brief(self.title(chat_id), author, message.text))

    def changed(self, message: schemas.Message) -> None:
        """A message of the open chat is another than it was."""
        before = self.messages.get(message.seq)
        if before is not None:
            self._keep(message)
            if before.text != message.text:
                self.tell(message)
            if before.is_pinned != message.is_pinned:
                self.show(chat_lines.pinned(message))

    def tell(self, message: schemas.Message) -> None:
        """Shows a message of the open chat."""
        above = message.reply_to_id or message.thread_id
        to = next((each.seq for each in self.messages.values() if each.id == above), None)
        self.show(chat_lines.message(message, self._name(message.sender_id), to=to))

    def show_all(self, found: schemas.Messages) -> None:
        """Shows messages of the open chat that were asked for."""
        self._meet(found.people)
        for message in found.items:
            self.tell(message)

    async def find(self, seq: int) -> schemas.Message | None:
        """A message of the open chat by its number."""
        if seq not in self.messages and self.open_id is not None and seq > 0:
            self._take(await self.api.history(self.open_id, after=seq - 1, limit=1))
        return self.messages.get(seq)

    async def name_of(self, chat_id: int, message: schemas.Message) -> str:
        """Who wrote it."""
        if message.sender_id is not None and message.sender_id not in self._names:
            # The history names those who wrote, also who has gone since.
            history = await self.api.history(chat_id, after=message.seq - 1, limit=1)
            self._meet(history.people)
        return self._name(message.sender_id)

    async def name_of_member(self, chat_id: int, account_id: int) -> str:
        """Who belongs to a chat, or did."""
        if account_id not in self._names:
            self._meet([member.user for member in await self.api.members(chat_id)])
        return self._name(account_id)

    def writes(self, account_id: int, seconds: float) -> None:
        """Somebody is writing in the open chat."""
        self._writing[account_id] = time.monotonic() + seconds

    def was_read(self, chat_id: int, *, unread: int, mentions: int) -> None:
        """One has read further, here or elsewhere."""
        seat = self.seats.get(chat_id)
        if seat is not None:
            seat.unread, seat.mentions = unread, mentions

    async def mark(self) -> None:
        """Tells the server what was read, soon after it was, for as long as it runs."""
        while True:
            await self._marked.wait()
            self._marked.clear()
            await self.mark_now()
            await asyncio.sleep(_MARK_SECONDS)

    async def mark_now(self) -> None:
        """Tells it at once, behind what is being told already; what cannot be told now is told the next time."""
        async with self._marking:
            marks, self._marks = self._marks, {}
            for chat_id, seq in marks.items():
                try:
                    mark = await self.api.read(chat_id, seq)
                except client_exceptions.Refused:
                    continue
                except client_exceptions.Unreachable:
                    self._marks.setdefault(chat_id, seq)
                else:
                    self.was_read(chat_id, unread=mark.unread_count, mentions=mark.mentions_count)

    def _read(self, chat_id: int, seq: int) -> None:
        seat = self.seats.get(chat_id)
        if seat is not None and seq:
            seat.unread = seat.mentions = 0
            seat.last_seq = max(seat.last_seq, seq)
            self._marks[chat_id] = seq
            self._marked.set()

    def _take(self, history: schemas.History) -> None:
        self._meet(history.people)
        for message in history.items:
            self._keep(message)

    def _keep(self, message: schemas.Message) -> None:
        # The one that came last stands last; what goes is what nobody has asked for in the longest time.
        self.messages.pop(message.seq, None)
        self.messages[message.seq] = message
        while len(self.messages) > _KEPT:
            del self.messages[next(iter(self.messages))]

    def _meet(self, people: list[schemas.Person]) -> None:
        self._names.update((person.id, chat_lines.writer(person)) for person in people)

    def _name(self, account_id: int | None) -> str:
        if account_id == self.me.id:
            return chat_lines.handle(self.me.username)
        return "(gone)" if account_id is None else self._names.get(account_id, "(somebody)")


def _seen(chat: schemas.Chat) -> Seen:
    membership = chat.membership
    unread = 0 if membership is None else membership.unread_count
    return Seen(chat, chat.last_seq, unread, 0 if membership is None else membership.mentions_count)
