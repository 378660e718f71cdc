"""What features hand over to be told in streams and asked over sockets."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel

from src.auth import callers as auth_callers
from src.database import Database, ReadSession
from src.events import records as events_records
from src.feature import Part, Permission
from src.realtime.turns import Turn

States = Mapping[int, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Head:
    """Where a stream stands for one account.

    Attributes:
        stream: its name, such as `chat:17`.
        ev: its newest entry; 0 for none.
    """

    stream: str
    ev: int


@dataclass(frozen=True, slots=True)
class Rendered:
    """An entry as it is sent.

    Attributes:
        ev: its number.
        type: what happened, such as `msg.new`; a registered `EventType` of the stream.
        data: the JSON object of it.
        joins: accounts that read the stream from this entry on, itself included.
        leaves: accounts that read it up to this entry, itself included.
    """

    ev: int
    type: str
    data: bytes
    joins: tuple[int, ...] = ()
    leaves: tuple[int, ...] = ()


@dataclass(frozen=True)
class StreamKind(Part):
    """The streams whose names begin with `<prefix>:`, followed by a number.

    Attributes:
        prefix: letters only; unique.
        permission: what who reads them needs; an API key needs it among its scopes, and that of each `EventType`, too.
        heads: all streams that an account reads, those that moved last first; for each hello, so nothing is counted.
        end: the newest entry of the stream of this number, 0 for none; None where the account does not read it.
        render: what is sent for each of these entries of the kind's streams, in the same order.
        moving: types in the outbox whose entries may join or leave; where nobody reads a stream only these are looked
            at, so one that is missing here moves nobody in other processes.
        states: what an account's client wants to know of some of its streams before it reads entries, JSON, by their
            numbers.
    """

    prefix: str
    permission: Permission
    heads: Callable[[Database, int], Awaitable[Sequence[Head]]]
    end: Callable[[Database, int, int], Awaitable[int | None]]
    render: Callable[[ReadSession, Sequence[events_records.Record]], Awaitable[Sequence[Rendered]]]
    moving: frozenset[str] = frozenset()
    states: Callable[[Database, int, Sequence[int]], Awaitable[States]] | None = None

    @property
    def key(self) -> str:
        """The prefix."""
        return self.prefix


class Streams(Protocol):
    """What an operation may tell the hub of its process."""

    def push(
        self,
        stream: str,
        ev: int,
        frame_type: str,
        data: Callable[[], bytes],
        joins: tuple[int, ...] = (),
        leaves: tuple[int, ...] = (),
    ) -> None:
        """An entry that has just been committed."""
        ...

    def hint(self, stream: str, ev: int) -> None:
        """There is something up to this entry; what is missing is read."""
        ...

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
        """Something that passes; of those who read the stream it is for these, or for all."""
        ...


@dataclass(frozen=True, slots=True)
class Operation:
    """The circumstances of one request over a socket.

    Attributes:
        caller: who asks.
        database: the process's.
        resources: what the process keeps in memory, by the names that requests find at `request.state`.
        hub: where streams are told.
    """

    caller: auth_callers.Caller
    database: Database
    resources: Mapping[str, object]
    hub: Streams


P = TypeVar("P", bound=BaseModel)
R = TypeVar("R", bound=BaseModel)


class Op(Part, Generic[P, R]):
    """A request that sockets may make: `{"op": name, "id": 1, ...payload}`.

    Requests of one socket whose `turn` has the same key are begun in the order of their frames, so what `run` does
    before it first awaits keeps that order, and wait for each other as it says; the others are begun at once. A refusal
    (`HearthError`) becomes an `err` frame with its code.
    """

    def __init__(
        self,
        name: str,
        payload: type[P],
        reply: type[R] | None,
        run: Callable[[Operation, P], Awaitable[R | None]],
        *,
        permission: Permission | None = None,
        turn: Callable[[P], Turn] | None = None,
    ) -> None:
        """Takes name, what is sent with it, what is answered (None: nothing but that it was done) and how.

        Args:
            name: of letters and underscores.
            payload: a request model, without `op` and `id`.
            reply: the model of the answer.
            run: does it.
            permission: what the caller needs; an API key needs it among its scopes.
            turn: which requests of the same socket it waits for.
        """
        self.name = name
        self.payload = payload
        self.reply = reply
        self.permission = permission
        self._run = run
        self._turn = turn

    @property
    def key(self) -> str:
        """The name."""
        return self.name

    async def run(self, operation: Operation, payload: BaseModel) -> BaseModel | None:
        """Does it.

        Raises:
            TypeError: the payload is another operation's.
        """
        return await self._run(operation, self._own(payload))

    def turn(self, payload: BaseModel) -> Turn | None:
        """Its place among the requests of the same socket, if it has one."""
        return None if self._turn is None else self._turn(self._own(payload))

    def _own(self, payload: BaseModel) -> P:
        if not isinstance(payload, self.payload):
            message = f"{type(payload).__name__} is no payload of {self.name}"
            raise TypeError(message)
        return payload


Model = type[BaseModel]


@dataclass(frozen=True)
class EventType(Part):
    """What may happen in the streams of a prefix, for the description of the protocol.

    Attributes:
        prefix: of the stream kind.
        type: as it stands in frames (`t`).
        data: the model of `d`.
        ephemeral: it passes, and stands in no log.
        permission: what who reads a stream with such entries needs beside that of its kind, if anything.
    """

    prefix: str
    type: str
    data: Model
    ephemeral: bool = False
    permission: Permission | None = None

    @property
    def key(self) -> str:
        """Prefix and type."""
        return f"{self.prefix} {self.type}"
