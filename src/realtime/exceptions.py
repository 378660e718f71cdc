"""What can go wrong with sockets and streams.

NotFound ── StreamNotFound
InvalidInput ── UnknownOperation, OriginRefused (403)
Conflict ── HelloFirst, HelloOnce
NotPermitted ── OtherAccount, OriginRefused
Unavailable ── TooManyInFlight, SocketSlow, TooManySockets, SocketsNotServed
"""

from src.exceptions import Conflict, InvalidInput, NotFound, NotPermitted, Unavailable
from src.realtime.constants import ErrorCode


class StreamNotFound(NotFound):
    """It does not exist, or is not for the caller."""

    code = ErrorCode.STREAM_NOT_FOUND
    detail = "There is no such stream here."


class UnknownOperation(InvalidInput):
    """No operation of this server is called so."""

    code = ErrorCode.UNKNOWN_OPERATION
    detail = "This server knows no such operation."


class HelloFirst(Conflict):
    """The socket has said hello, and the answer is still on its way."""

    code = ErrorCode.HELLO_FIRST
    detail = "Wait for the answer to hello."
    retryable = True


class HelloOnce(Conflict):
    """The socket has been greeted before."""

    code = ErrorCode.HELLO_ONCE
    detail = "This socket has said hello already."


class OtherAccount(NotPermitted):
    """A socket belongs to one account for as long as it is open."""

    code = ErrorCode.OTHER_ACCOUNT
    detail = "The token is another account's."


class OriginRefused(NotPermitted):
    """A page of another site opens a socket, which a browser lets it do."""

    code = ErrorCode.ORIGIN_REFUSED
    detail = "Pages of this site may not open sockets here."


class TooManyInFlight(Unavailable):
    """The client asks faster than it is answered."""

    code = ErrorCode.TOO_MANY_IN_FLIGHT
    detail = "Wait for the answers to what was asked before."


class SocketSlow(Unavailable):
    """What waits to be read has to be read first."""

    code = ErrorCode.SOCKET_SLOW
    detail = "Read what waits on this socket first."


class TooManySockets(Unavailable):
    """This process has as many sockets as it may."""

    code = ErrorCode.TOO_MANY_SOCKETS
    detail = "This server holds as many sockets as it can."


class SocketsNotServed(Unavailable):
    """The app runs in a server that cannot hand sockets over."""

    code = ErrorCode.SOCKETS_NOT_SERVED
    detail = "This server serves no sockets; read the streams over HTTP."
