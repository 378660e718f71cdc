"""The words and numbers of realtime: codes, limits, close codes, and how a stream is called."""

from enum import IntEnum, StrEnum
from typing import Final

from src.feature import Permission as BasePermission
from src.feature import Role


class ErrorCode(StrEnum):
    """Stable codes of this package's errors."""

    STREAM_NOT_FOUND = "stream_not_found"
    UNKNOWN_OPERATION = "unknown_operation"
    HELLO_FIRST = "hello_first"
    HELLO_ONCE = "hello_once"
    OTHER_ACCOUNT = "other_account"
    TOO_MANY_IN_FLIGHT = "too_many_in_flight"
    SOCKET_SLOW = "socket_slow"
    ORIGIN_REFUSED = "origin_refused"
    TOO_MANY_SOCKETS = "too_many_sockets"
    SOCKETS_NOT_SERVED = "sockets_not_served"


class Permission(BasePermission):
    """What sockets and their twins ask for; each operation may ask for more."""

    READ = "realtime:read", Role.MEMBER
    WRITE = "realtime:write", Role.MEMBER


class CloseCode(IntEnum):
    """Why a socket is closed. After the terminal ones a client does not come again by itself."""

    BAD_FRAME = 4400
    EXPIRED = 4401
    FORBIDDEN = 4403
    NO_HELLO = 4404
    SLOW = 4408
    REPLACED = 4409
    TOO_BIG = 4413
    FLOOD = 4429
    INTERNAL = 4500
    RESTART = 4501

    @property
    def is_terminal(self) -> bool:
        """Whether the client would only meet the same again."""
        return self in _TERMINAL


_TERMINAL: Final = frozenset(
    {CloseCode.BAD_FRAME, CloseCode.FORBIDDEN, CloseCode.NO_HELLO, CloseCode.REPLACED, CloseCode.TOO_BIG}
)

# The resource's name: the hub is `request.state.realtime`.
RESOURCE: Final = "realtime"
SUBPROTOCOL: Final = "hearth.v1.json"

# A person's own stream: so on the wire, and with the account's id everywhere else.
OWN: Final = "own"

MAX_STREAM: Final = 40
MAX_TOKEN: Final = 4096
# People whose coming and going one socket is told of.
MAX_WATCHED: Final = 200
# Streams whose heads a client may send along, and get in the answer to hello.
MAX_HEADS: Final = 200
# Hellos that are answered at the same time, and pages that are read for whoever has been away: fewer together than a
# pool has connections, so that others get theirs.
GREETINGS: Final = 4
PAGES: Final = 3
# Entries of one answer to sync, and its bytes; a single entry may be bigger.
MAX_PAGE: Final = 200
MAX_PAGE_BYTES: Final = 256 * 1024

# What is kept of a stream in memory to answer who comes back; and of all streams together.
RING_ENTRIES: Final = 200
RING_BYTES: Final = 256 * 1024
# Entries that came too early and wait for those before them.
WAITING_ENTRIES: Final = 200

# What waits to be written for one socket: from the first on nothing ephemeral is sent, from the second on nothing.
HEAVY_BYTES: Final = 512 * 1024
FULL_BYTES: Final = 1024 * 1024
LIGHT_BYTES: Final = 64 * 1024

# Objects in one frame to clients do not exceed this together, but for a single one.
JOINED_BYTES: Final = 60 * 1024
