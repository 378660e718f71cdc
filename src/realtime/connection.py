"""One socket: who it is, what it reads, what it may ask, and what becomes of bytes that it does not read."""

import logging
import secrets
from collections.abc import Callable
from datetime import datetime
from enum import Enum, auto
from typing import Protocol

import orjson

from src.auth import callers as auth_callers
from src.exceptions import HearthError, InvalidInput, TooManyRequests
from src.realtime import encoding, exceptions
from src.realtime.catalogue import prefix_of
from src.realtime.channel import Member
from src.realtime.config import RealtimeSettings
from src.realtime.constants import FULL_BYTES, CloseCode
from src.realtime.turns import Turns
from src.sockets import HearthSocketProtocol

logger = logging.getLogger("hearth.realtime")

_MAX_REQUEST = 2**53


class State(Enum):
    """How far a socket has come."""

    SILENT = auto()
    GREETING = auto()
    OPEN = auto()
    ENDED = auto()


class House(Protocol):
    """What a connection needs of the hub.

    Attributes:
        settings: the limits.
        now: the loop's time.
    """

    settings: RealtimeSettings
    now: Callable[[], float]

    def requested(
        self, connection: "Connection", operation: str, request: int | None, fields: dict[str, object]
    ) -> None:
        """The client asks for something."""
        ...

    def filled(self, connection: "Connection") -> None:
        """More waits for the client than should."""
        ...

    def restart_after(self) -> int:
        """How many milliseconds a client is to wait before it comes again, another time for each."""
        ...

    def forget(self, connection: "Connection") -> None:
        """The socket is over."""
        ...


class Connection(Member):
    """A socket from its handshake to its end; a `sockets.Listener` below, a `channel.Member` above."""

    __slots__ = (
        "_bucket",
        "_bucket_at",
        "_dirty",
        "_house",
        "_is_heavy",
        "_socket",
        "busy",
        "caller",
        "credential",
        "expires_at",
        "full_since",
        "heard_at",
        "is_ready",
        "kinds",
        "left_at",
        "name",
        "online",
        "pinged_tick",
        "slot",
        "state",
        "streams",
        "turns",
        "watched",
        "write",
    )

    def __init__(self, house: House, socket: HearthSocketProtocol, credential: str | None) -> None:
        """A socket that has still to say who it is; `credential` came with the handshake, if it did."""
        self.name = secrets.token_hex(4)
        self.state = State.SILENT
        self.caller = auth_callers.STRANGER
        self.credential = credential
        self.expires_at: datetime | None = None
        # Prefixes of the streams that its credentials let it read; what they allowed at hello, or less.
        self.kinds: frozenset[str] = frozenset()
        # Names of the streams that it reads.
        self.streams: set[str] = set()
        # While its heads are being read: streams that it was taken out of meanwhile, and at which entry.
        self.left_at: dict[str, int] | None = None
        # Accounts whose presence it watches.
        self.watched: tuple[int, ...] = ()
        # Those of them who were there when it was told last.
        self.online: frozenset[int] = frozenset()
        # Requests that are under way or wait to be, and which of them wait for which.
        self.busy = 0
        self.turns = Turns()
        self.is_ready: bool = False
        self.write: Callable[[bytes], None] = socket.transport.write
        self.heard_at = house.now()
        self.pinged_tick = 0
        self.slot = 0
        # Since when more waits than should; None while it does not.
        self.full_since: float | None = None
        self._is_heavy = False
        self._dirty: set[str] | None = None
        self._house = house
        self._socket = socket
        self._bucket = float(house.settings.realtime_burst)
        self._bucket_at = self.heard_at

    @property
    def account_id(self) -> int:
        """Whose it is; 0 before hello."""
        return self.caller.account_id

    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.state is State.ENDED

    @property
    def is_heavy(self) -> bool:
        """Whether so much waits for it that nothing big should be added."""
        return self._is_heavy

    def open(self) -> None:
        """It has been greeted: from now on it gets what it reads."""
        self.state = State.OPEN
        self.is_ready = not self._is_heavy

    # What the streams say.

    def crowded(self, stream: str, data: bytes) -> None:
        """See `Member`: above the upper limit nothing is added, and the stream is named when all has been read."""
        if self.state is not State.OPEN:
            return
        if self._dirty is None and self._socket.waiting_bytes + len(data) <= FULL_BYTES:
            self.write(data)
            return
        if self._dirty is None:
            self._dirty = set()
        self._dirty.add(stream)

    def may_join(self, stream: str) -> bool:
        """See `Member`."""
        return prefix_of(stream) in self.kinds

    def joined(self, stream: str) -> None:
        """See `Member`."""
        self.streams.add(stream)

    def left(self, stream: str, ev: int) -> None:
        """See `Member`."""
        self.streams.discard(stream)
        if self.left_at is not None:
            self.left_at[stream] = ev

    def pass_by(self, data: bytes) -> None:
        """Gets a whole frame with something that passes, unless more waits than should."""
        if self.is_ready:
            self.write(data)

    # What the hub says.

    def send(self, payload: bytes) -> None:
        """Gets an object of its own."""
        if self.state is not State.ENDED:
            self.write(encoding.text_frame(payload))

    def refuse(self, request: int | None, error: HearthError) -> None:
        """Tells why something is not done."""
        detail: dict[str, object] = {"code": error.code.value, "msg": error.detail, "retry": error.retryable}
        after = error.headers.get("Retry-After")
        if after is not None:
            detail["after_ms"] = int(after) * 1000
        if error.errors:
            detail["errors"] = [one.model_dump() for one in error.errors]
        self.send(encoding.refusal(request, detail))

    def end(self, code: CloseCode, reason: str, *, after_ms: int = 0) -> None:
        """Says good-bye and closes."""
        if self.state is State.ENDED:
            return
        bye = {
            "op": "bye",
            "code": code.value,
            "reason": reason,
            "reconnect": not code.is_terminal,
            "after_ms": after_ms,
        }
        self.send(orjson.dumps(bye))
        self.state = State.ENDED
        self.is_ready = False
        self._socket.end(code, reason)
        self._house.forget(self)

    def abort(self) -> None:
        """Ends without a word."""
        self._socket.abort()

    # What the socket says.

    def heard(self, message: bytes, *, is_text: bool) -> None:
        """See `Listener`: a frame has come, with an object in each line."""
        self.heard_at = self._house.now()
        if not is_text:
            self.end(CloseCode.BAD_FRAME, "binary frame")
            return
        for line in message.split(b"\n"):
            if self.state is State.ENDED:
                return
            if line:
                self._take(line)

    def broke(self, code: int) -> None:
        """See `Listener`."""
        self.end(CloseCode(code), "frame too big" if code == CloseCode.TOO_BIG else "no WebSocket")

    def filled(self) -> None:
        """See `Listener`."""
        self._is_heavy = True
        self.is_ready = False
        self.full_since = self._house.now()
        self._house.filled(self)

    def drained(self) -> None:
        """See `Listener`: it has caught up, and learns what it has missed."""
        self._is_heavy = False
        self.full_since = None
        self.is_ready = self.state is State.OPEN
        dirty, self._dirty = self._dirty, None
        if dirty:
            names = sorted(map(encoding.wire_name, dirty))
            self.send(orjson.dumps({"op": "lag", "streams": names}))

    def stopping(self) -> None:
        """See `Listener`."""
        self.end(CloseCode.RESTART, "restart", after_ms=self._house.restart_after())

    def lost(self) -> None:
        """See `Listener`."""
        self.state = State.ENDED
        self.is_ready = False
        self._house.forget(self)

    def _take(self, line: bytes) -> None:
        try:
            found = orjson.loads(line)
        except orjson.JSONDecodeError:
            found = None
        if not isinstance(found, dict) or not isinstance(operation := found.pop("op", None), str):
            self.end(CloseCode.BAD_FRAME, "no JSON object with an op")
            return
        request = found.pop("id", None)
        is_strange = request is not None and (type(request) is not int or not 0 <= request <= _MAX_REQUEST)
        if not self._may_ask(None if is_strange else request):
            return
        if is_strange:
            self.refuse(None, InvalidInput())
        else:
            self._dispatch(operation, request, found)

    def _may_ask(self, request: int | None) -> bool:
        """Counts a frame: too many are refused, and those that go on nevertheless are the end."""
        settings = self._house.settings
        refilled = self._bucket + (self.heard_at - self._bucket_at) * settings.realtime_rate
        self._bucket = min(settings.realtime_burst, refilled) - 1
        self._bucket_at = self.heard_at
        if self._bucket >= 0:
            return True
        if self._bucket < -settings.realtime_burst:
            self.end(CloseCode.FLOOD, "too many frames", after_ms=10_000)
        else:
            self.refuse(request, TooManyRequests(retry_after=-self._bucket / settings.realtime_rate))
        return False

    def _dispatch(self, operation: str, request: int | None, fields: dict[str, object]) -> None:
        if self.state is State.SILENT and operation != "hello":
            self.end(CloseCode.NO_HELLO, "hello comes first")
        elif self.state is not State.SILENT and operation == "hello":
            self.refuse(request, exceptions.HelloOnce())
        elif operation == "pong":
            return
        elif self.state is State.GREETING:
            self.refuse(request, exceptions.HelloFirst())
        elif self.busy >= self._house.settings.realtime_in_flight:
            self.refuse(request, exceptions.TooManyInFlight())
        else:
            self._house.requested(self, operation, request, fields)
