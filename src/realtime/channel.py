"""One stream and who reads it in this process: each entry goes to those who read the stream at just that entry."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar

from src.realtime import encoding
from src.realtime.line import Entry, Line


class Member(Protocol):
    """Who reads a stream.

    Attributes:
        is_ready: whether bytes may simply be written.
        write: writes bytes of whole frames, at once and without waiting.
    """

    __slots__ = ()

    is_ready: bool
    write: Callable[[bytes], None]

    def crowded(self, stream: str, data: bytes) -> None:
        """Gets bytes that cannot simply be written: writes them nevertheless, or notes that the stream is ahead."""
        ...

    def may_join(self, stream: str) -> bool:
        """Whether it may read such streams at all."""
        ...

    def joined(self, stream: str) -> None:
        """Reads the stream from now on."""
        ...

    def left(self, stream: str, ev: int) -> None:
        """Does not read it any more, its last entry being this one."""
        ...


M = TypeVar("M", bound=Member)


class Channel(Generic[M]):
    """A line with its readers.

    What is due is gathered and written when `flush` is called, once for many entries, as the same bytes to all. Before
    the circle of readers changes it is flushed, so an entry never reaches somebody who does not read it.
    """

    __slots__ = ("_of_account", "_pending", "changed_at", "line", "members", "name", "reading", "watchers")

    def __init__(self, name: str, ev: int, of_account: Callable[[int], Iterable[M]]) -> None:
        """A stream without readers behind the entry `ev`; `of_account` gives the sockets of an account here."""
        self.name = name
        self.line = Line(ev)
        self.members: dict[M, None] = {}
        # Called with each entry: readers that fetch for themselves.
        self.watchers: tuple[Callable[[Entry], None], ...] = ()
        self._pending: list[bytes] = []
        # Whether the hub has been asked to read what is missing.
        self.reading = False
        # The hub's count of ticks when something was last delivered.
        self.changed_at = 0
        self._of_account = of_account

    @property
    def is_followed(self) -> bool:
        """Whether anybody reads it here."""
        return bool(self.members or self.watchers)

    def take(self, entry: Entry) -> bool:
        """Takes an entry from whoever brings it; whether anything is now waiting to be flushed."""
        return self._deliver(self.line.offer(entry))

    def skip(self, ev: int) -> bool:
        """Goes on behind a gap that cannot be filled any more."""
        return self._deliver(self.line.skip(ev))

    @contextmanager
    def watched(self, watcher: Callable[[Entry], None]) -> Iterator[None]:
        """Calls the watcher with each entry that is taken within the block."""
        self.watchers = (*self.watchers, watcher)
        try:
            yield
        finally:
            self.watchers = tuple(one for one in self.watchers if one != watcher)

    def add(self, member: M) -> None:
        """From the next entry on this one reads, too, if it may."""
        if member not in self.members and member.may_join(self.name):
            self.flush()
            self.members[member] = None
            member.joined(self.name)

    def remove(self, member: M) -> None:
        """This one is gone, and what is not flushed yet is not for it any more."""
        if member in self.members:
            del self.members[member]
        member.left(self.name, self.line.ev)

    def flush(self) -> None:
        """Writes what is waiting to all members."""
        if not self._pending:
            return
        pending, self._pending = self._pending, []
        if self.members:
            data = encoding.text_frames(pending)
            for member in self.members:
                if member.is_ready:
                    member.write(data)
                else:
                    member.crowded(self.name, data)

    def _deliver(self, entries: list[Entry]) -> bool:
        for entry in entries:
            if entry.joins:
                self._admit(entry.joins)
            self._pending.append(entry.payload)
            for watcher in self.watchers:
                watcher(entry)
            if entry.leaves:
                self._dismiss(entry.leaves)
        return bool(self._pending)

    def _admit(self, account_ids: tuple[int, ...]) -> None:
        for account_id in account_ids:
            for member in tuple(self._of_account(account_id)):
                self.add(member)

    def _dismiss(self, account_ids: tuple[int, ...]) -> None:
        self.flush()
        for account_id in account_ids:
            for member in tuple(self._of_account(account_id)):
                self.remove(member)
