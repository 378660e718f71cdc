"""The hub of one process: which sockets there are, who reads which stream, and how entries get from one to the other.

Entries come by `push` from whoever has just committed them, and by `hint` from everywhere else; what is missing is
read from the outbox (`filling.py`). Whatever gets lost on the way, a stream is told in order or, for a moment, not.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Final, Protocol, TypeVar

from src.database import Database
from src.feature import Registry
from src.realtime import encoding
from src.realtime.catalogue import Catalogue
from src.realtime.channel import Channel
from src.realtime.config import RealtimeSettings
from src.realtime.connection import Connection
from src.realtime.constants import CloseCode
from src.realtime.line import Entry
from src.realtime.pace import Pace
from src.realtime.parts import Head
from src.realtime.reading import Reader

logger = logging.getLogger("hearth.realtime")

# How many streams and entries that nobody reads here are remembered.
_REMEMBERED: Final = 10_000
_RESTART_MS: Final = 1000
_RESTART_MS_EACH: Final = 5

K = TypeVar("K")
V = TypeVar("V")

Requested = Callable[[Connection, str, int | None, dict[str, object]], None]
Told = Callable[[str, str, bytes, int, int, Collection[int] | None], None]


class Follower(Protocol):
    """Who reads a stream over plain HTTP for as long as it goes on."""

    @property
    def session_id(self) -> int:
        """The session or key that it acts through."""
        ...

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for its client to take what was sent."""
        ...

    def stop(self) -> None:
        """Ends it at once, also where the client does not read what it gets."""
        ...


def _nothing(*_arguments: object) -> None:
    """Before the hub is furnished."""


class Hub:
    """See the module; found as `request.state.realtime`.

    Attributes:
        settings: the limits of this process.
        connections: every socket, also those that have not said who they are.
        accounts: the sockets of each account that has any.
        followers: the same of those who follow over plain HTTP.
        channels: the streams that are read here, and some that were.
        gaps: streams of which something is missing.
        glances: entries of streams that nobody reads here; they may let somebody in.
        doubts: accounts that may have been let into a stream before this process knew of it.
        tick: counts the turns of `upkeep`.
        catalogue: what the features tell and take.
        resources: what the process keeps in memory.
    """

    def __init__(self, database: Database, settings: RealtimeSettings) -> None:
        self.database = database
        self.settings = settings
        self.connections: dict[Connection, None] = {}
        self.accounts: dict[int, dict[Connection, None]] = {}
        self.followers: dict[int, dict[Follower, None]] = {}
        self._following = 0
        self.channels: dict[str, Channel[Connection]] = {}
        self.gaps: dict[str, Channel[Connection]] = {}
        self.glances: set[tuple[str, int]] = set()
        self.doubts: set[tuple[int, str]] = set()
        self.tick = 0
        self.catalogue = Catalogue(Registry((), consumed=()))
        self.resources: Mapping[str, object] = MappingProxyType({})
        self.reader = Reader(database, self.catalogue)
        # What the parts of the house above the hub want to know; see `opening.py`.
        self.on_request: Requested = _nothing
        self.on_gap: Callable[[], None] = _nothing
        self.on_ephemeral: Told = _nothing
        self.on_added: Callable[[Connection], None] = _nothing
        self.on_filled: Callable[[Connection], None] = _nothing
        self.on_followed: Callable[[], None] = _nothing
        self.now: Callable[[], float] = asyncio.get_running_loop().time
        self._soon = asyncio.get_running_loop().call_soon
        self._dirty: dict[Channel[Connection], None] = {}
        # Of streams that nobody reads here: how far they are known to go, and which entries need no glance.
        self._known: dict[str, int] = {}
        self._pushed: dict[tuple[str, int], None] = {}
        self._pace = Pace(asyncio.get_running_loop().call_later)

    def furnish(self, registry: Registry, resources: Mapping[str, object]) -> None:
        """Takes what the features tell and take, and what the process keeps in memory; once, before the first socket.

        Raises:
            RegistryError: the features' parts do not fit together.
        """
        self.catalogue = Catalogue(registry)
        self.reader = Reader(self.database, self.catalogue)
        self.resources = resources

    @property
    def sockets(self) -> int:
        """How many there are; whoever follows over plain HTTP counts as one."""
        return len(self.connections) + self._following

    @property
    def is_full(self) -> bool:
        """Whether there may be no more."""
        return self.sockets >= self.settings.realtime_sockets

    # What the domains say.

    def push(
        self,
        stream: str,
        ev: int,
        frame_type: str,
        data: Callable[[], bytes],
        joins: tuple[int, ...] = (),
        leaves: tuple[int, ...] = (),
    ) -> None:
        """Tells of an entry that has just been committed.

        Args:
            stream: its name.
            ev: the entry's number.
            frame_type: a registered type.
            data: gives its JSON object; asked only where somebody may read it.
            joins: accounts that read the stream from this entry on.
            leaves: accounts that read it until this entry.
        """
        channel = self.channels.get(stream)
        if channel is None:
            if self.accounts.keys().isdisjoint(joins):
                _remember(self._pushed, (stream, ev), None)
                _remember(self._known, stream, max(ev, self._known.get(stream, 0)))
                return
            channel = self._make(stream, ev - 1)
        self.take(channel, Entry(ev, encoding.event(stream, ev, frame_type, data()), joins, leaves))

    def hint(self, stream: str, ev: int) -> None:
        """Tells that there is something up to this entry; what is missing is read."""
        channel = self.channels.get(stream)
        if channel is not None:
            if not channel.line.hint(ev):
                return
            if channel.is_followed:
                self.want(channel)
                return
            # What it remembers is not the newest any more.
            del self.channels[stream]
        if (stream, ev) in self._pushed:
            return
        _remember(self._known, stream, max(ev, self._known.get(stream, 0)))
        found = self.catalogue.kind_of(stream)
        if self.accounts and found is not None and found[0].moving:
            self.glances.add((stream, ev))
            self.on_gap()

    def ephemeral(
        self,
        stream: str,
        frame_type: str,
        data: bytes,
        *,
        by: int = 0,
        ttl_ms: int = 5000,
        to: Collection[int] | None = None,
    ) -> None:
        """Tells all who read a stream, in every process, of something that passes; the first to be left out.

        Args:
            stream: its name.
            frame_type: a registered type.
            data: a JSON object.
            by: an account that is not told because it is its own doing; of each account's, see `pace` for how often.
            ttl_ms: how long it holds.
            to: the accounts that may know; None: whoever reads the stream.
        """

        def tell() -> None:
            self.pass_on(stream, frame_type, data, by, ttl_ms, to)
            self.on_ephemeral(stream, frame_type, data, by, ttl_ms, to)

        self._pace.say((stream, frame_type, by), data, tell)

    # What the parts of the house say.

    def pass_on(
        self, stream: str, frame_type: str, data: bytes, by: int, ttl_ms: int, to: Collection[int] | None
    ) -> None:
        """The same for the sockets of this process."""
        channel = self.channels.get(stream)
        if channel is None or not channel.members:
            return
        frame = encoding.text_frame(encoding.ephemeral(stream, frame_type, data, ttl_ms))
        for member in channel.members:
            if member.account_id != by and (to is None or member.account_id in to):
                member.pass_by(frame)

    def take(self, channel: Channel[Connection], entry: Entry) -> None:
        """Delivers an entry when it is its turn."""
        if channel.take(entry):
            self._flush_soon(channel)
        if channel.line.known > channel.line.ev and channel.is_followed:
            self.want(channel)

    def skip(self, channel: Channel[Connection], ev: int) -> None:
        """Goes on behind entries that are nowhere any more."""
        if channel.skip(ev):
            self._flush_soon(channel)

    def want(self, channel: Channel[Connection]) -> None:
        """Has the missing entries of a stream read."""
        self.gaps[channel.name] = channel
        self.on_gap()

    def let_in(self, stream: str, entry: Entry) -> None:
        """Takes an entry with which accounts of this process may join a stream that was not read here."""
        channel = self.channels.get(stream)
        if channel is not None and entry.ev <= channel.line.ev:
            here = [account_id for account_id in entry.joins if account_id in self.accounts]
            if here:
                self.doubts.update((account_id, stream) for account_id in here)
                self.on_gap()
            return
        if channel is None:
            if self.accounts.keys().isdisjoint(entry.joins):
                return
            channel = self._make(stream, entry.ev - 1)
        self.take(channel, entry)

    def follow(self, stream: str, ev: int) -> Channel[Connection]:
        """The channel of a stream that somebody is about to read, and that goes up to `ev` at least."""
        channel = self.channels.get(stream)
        if channel is not None and not channel.is_followed and channel.line.ev < ev:
            channel = None
        if channel is None:
            channel = self._make(stream, ev)
        if channel.line.hint(ev):
            self.want(channel)
        return channel

    def subscribe(self, connection: Connection, head: Head) -> int:
        """Lets a socket read a stream from its newest entry on; that entry's number."""
        channel = self.follow(head.stream, head.ev)
        channel.add(connection)
        return max(head.ev, channel.line.ev)

    def narrow(self, connection: Connection, kinds: frozenset[str]) -> None:
        """From now on a socket reads no other streams than of these prefixes."""
        connection.kinds = kinds
        for stream in tuple(connection.streams):
            if not connection.may_join(stream):
                self._leave(connection, stream)

    def of_account(self, account_id: int) -> Iterable[Connection]:
        """The sockets of an account."""
        return self.accounts.get(account_id, ())

    # What the sockets say.

    def add(self, connection: Connection) -> None:
        """A new socket."""
        self.connections[connection] = None
        self.on_added(connection)

    def register(self, connection: Connection) -> None:
        """A socket has shown whose it is; where there are too many of the account, the oldest goes."""
        self.accounts.setdefault(connection.account_id, {})[connection] = None
        self._make_room(connection.account_id, connection)

    def attend(self, account_id: int, follower: Follower) -> None:
        """Somebody follows; they count as sockets do."""
        self.followers.setdefault(account_id, {})[follower] = None
        self._following += 1
        self._make_room(account_id, follower)

    def dismiss(self, account_id: int, follower: Follower) -> None:
        """They do not any more."""
        mine = self.followers.get(account_id, {})
        if follower in mine:
            del mine[follower]
            self._following -= 1
        if not mine:
            self.followers.pop(account_id, None)

    def forget(self, connection: Connection) -> None:
        """See `connection.House`."""
        self.connections.pop(connection, None)
        mine = self.accounts.get(connection.account_id)
        if mine is not None:
            mine.pop(connection, None)
            if not mine:
                del self.accounts[connection.account_id]
        for stream in tuple(connection.streams):
            self._leave(connection, stream)

    def requested(self, connection: Connection, operation: str, request: int | None, fields: dict[str, object]) -> None:
        """See `connection.House`."""
        self.on_request(connection, operation, request, fields)

    def filled(self, connection: Connection) -> None:
        """See `connection.House`."""
        self.on_filled(connection)

    def restart_after(self) -> int:
        """See `connection.House`."""
        return random.randrange(_RESTART_MS + _RESTART_MS_EACH * self.sockets)  # noqa: S311  to spread, not to hide

    def ended(self, session_ids: Collection[int]) -> None:
        """These sessions or keys have ended, and their sockets with them."""
        for connection in tuple(self.connections):
            if connection.caller.session_id in session_ids and connection.account_id:
                connection.end(CloseCode.FORBIDDEN, "session ended")
        for follower in [one for those in self.followers.values() for one in those]:
            if follower.session_id in session_ids:
                follower.stop()

    def _make_room(self, account_id: int, newest: Connection | Follower) -> None:
        """Where an account has too many, another one ends: the oldest that follows, or the oldest socket."""
        followers, sockets = self.followers.get(account_id, {}), self.accounts.get(account_id, {})
        if len(followers) + len(sockets) <= self.settings.realtime_sockets_each:
            return
        follower = next((one for one in followers if one is not newest), None)
        if follower is not None:
            self.dismiss(account_id, follower)
            follower.stop()
        else:
            next(iter(sockets)).end(CloseCode.REPLACED, "too many sockets of this account")

    def _leave(self, connection: Connection, stream: str) -> None:
        channel = self.channels.get(stream)
        if channel is not None:
            channel.remove(connection)

    def _make(self, stream: str, ev: int) -> Channel[Connection]:
        channel = self.channels[stream] = Channel(stream, ev, self.of_account)
        if channel.line.hint(self._known.pop(stream, 0)):
            self.want(channel)
        return channel

    def _flush_soon(self, channel: Channel[Connection]) -> None:
        channel.changed_at = self.tick
        if not self._dirty:
            self._soon(self._flush)
        self._dirty[channel] = None

    def _flush(self) -> None:
        dirty, self._dirty = self._dirty, {}
        for channel in dirty:
            channel.flush()


def _remember(memory: dict[K, V], key: K, value: V) -> None:
    """Keeps the newest of what is remembered."""
    memory.pop(key, None)
    memory[key] = value
    if len(memory) > _REMEMBERED:
        del memory[next(iter(memory))]
