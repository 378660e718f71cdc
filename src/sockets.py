"""uvicorn's WebSocket, handed over to the application as soon as it is open: no task and no queue for each one.

An application that finds `EXTENSION` in its scope may take the socket and let its ASGI call end. From then on whole
messages come by a call, and bytes of whole frames are written straight to the transport, the same to many sockets.
"""

import asyncio
import socket
from typing import Any, Final, Protocol

from starlette.types import Scope
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import PayloadTooBig
from websockets.frames import Close, Frame, Opcode
from websockets.http11 import Request

EXTENSION: Final = "hearth.socket"
TOO_BIG: Final = 4413
BROKEN: Final = 4400
# For a client to read why it is closed, and to close in turn.
LINGER_SECONDS: Final = 2.0
# Pieces of one message; a browser sends one.
_MOST_FRAGMENTS: Final = 256
# An option of Linux and macOS.
_UNSENT: Final = "TCP_NOTSENT_LOWAT"
_UNSENT_BYTES: Final = 128 * 1024


class Listener(Protocol):
    """Who has taken a socket. None of these may wait."""

    def heard(self, message: bytes, *, is_text: bool) -> None:
        """A whole message has come; whether a text is UTF-8 has not been looked at."""
        ...

    def broke(self, code: int) -> None:
        """What came is no WebSocket, or too big for a message; the listener ends the socket with this code."""
        ...

    def filled(self) -> None:
        """More waits to be written than the upper limit."""
        ...

    def drained(self) -> None:
        """No more waits to be written than the lower limit."""
        ...

    def stopping(self) -> None:
        """The server goes down; the listener ends the socket."""
        ...

    def lost(self) -> None:
        """The socket is gone. Nothing is called after this."""
        ...


class _Nowhere(asyncio.Queue[Any]):
    """In place of the queue of a socket that has been taken."""

    def put_nowait(self, item: object) -> None:
        """Nobody reads it."""
        del item


_NOWHERE: Final = _Nowhere()


class HearthSocketProtocol(WebSocketsSansIOProtocol):
    """One WebSocket connection."""

    _listener: Listener | None = None
    _fragments = 0
    # Not read, because nobody reads what is written.
    _is_held = False

    def take(self, listener: Listener, *, high: int, low: int) -> bool:
        """Hands the open socket over; false if it is gone already, and then the listener is not called.

        Args:
            listener: who is called from now on.
            high: bytes that may wait to be written before `filled` is called; no more is read until `drained`.
            low: bytes that may still wait when `drained` is called.
        """
        if self.disconnected or self.close_sent or self.transport.is_closing():
            return False
        self._listener = listener
        self.transport.set_write_buffer_limits(high=high, low=low)
        self._keep_the_kernel_short()
        queue, self.queue = self.queue, _NOWHERE
        while not queue.empty():
            message = queue.get_nowait()
            if message["type"] == "websocket.receive":
                text = message.get("text")
                data = (message.get("bytes") or b"") if text is None else text.encode()
                listener.heard(data, is_text=text is not None)
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        return True

    @property
    def waiting_bytes(self) -> int:
        """What waits to be written."""
        return self.transport.get_write_buffer_size()

    def end(self, code: int, reason: str) -> None:
        """Closes with this code: the client may still read what was written before, for a moment."""
        if self.close_sent or self.disconnected or self.transport.is_closing():
            return
        if self.conn.parser_exc is None:
            self.conn.send_close(code, reason)
            data = b"".join(self.conn.data_to_send())
        else:
            # The library has given up, with a code of its own that is not for clients.
            self.conn.data_to_send()
            data = Frame(Opcode.CLOSE, Close(code, reason).serialize()).serialize(mask=False)
        self.transport.write(data)
        self.close_sent = True
        self._let_read()
        self.close_timer = self.loop.call_later(LINGER_SECONDS, self.transport.abort)

    def abort(self) -> None:
        """Ends the connection without a word."""
        self.transport.abort()

    def handle_connect(self, event: Request) -> None:
        """The handshake's request has come; the application is called."""
        super().handle_connect(event)
        if not self.handshake_complete:
            self.scope["extensions"][EXTENSION] = {"socket": self}

    def data_received(self, data: bytes) -> None:
        """The next bytes; behind our own close only the client's answer to it is of interest."""
        if not (self.close_sent and self.conn.parser_exc is not None):
            super().data_received(data)

    def handle_cont(self, event: Frame) -> None:
        """A further piece of a message; too many of them are no message, however small they are."""
        self._fragments = 0 if event.fin else self._fragments + 1
        if self._listener is not None and self._fragments > _MOST_FRAGMENTS:
            self.frames = []
            self._listener.broke(BROKEN)
        else:
            super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        """A message is complete."""
        if self._listener is None:
            super().send_receive_event_to_app()
            return
        data = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        self.frames = []
        if not self.close_sent:
            self._listener.heard(bytes(data), is_text=self.curr_msg_data_type == "text")

    def handle_parser_exception(self) -> None:
        """What came is no WebSocket, or too big."""
        if self._listener is None:
            super().handle_parser_exception()
        elif not self.close_sent:
            self._listener.broke(TOO_BIG if isinstance(self.conn.parser_exc, PayloadTooBig) else BROKEN)

    def pause_writing(self) -> None:
        """The client does not read: then it is not read from either, or its requests would fill the memory."""
        super().pause_writing()
        if self._listener is not None:
            if not self._is_held:
                self._is_held = True
                self.transport.pause_reading()
            self._listener.filled()

    def resume_writing(self) -> None:
        """The client reads again."""
        super().resume_writing()
        if self._listener is not None:
            self._let_read()
            self._listener.drained()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        super().connection_lost(exc)
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.lost()

    def shutdown(self) -> None:
        """The server goes down."""
        if self._listener is None or self.close_sent:
            super().shutdown()
        else:
            self._listener.stopping()

    async def run_asgi(self) -> None:
        """Calls the application; a socket that it has taken stays open when the call has ended."""
        try:
            await self.app(self.scope, self.receive, self.send)
        except ClientDisconnected:
            pass
        except BaseException:
            self.logger.exception("Exception in ASGI application")
            self.send_500_response()
        else:
            if not self.handshake_complete:
                self.logger.error("ASGI callable returned without completing handshake.")
                self.send_500_response()
        if self._listener is None:
            if self.close_timer is None:
                self.transport.close()
        else:
            self._forget_the_handshake()

    def _keep_the_kernel_short(self) -> None:
        """Lets what a slow client does not take wait here, where it is counted, and not in the kernel, by megabytes."""
        found = self.transport.get_extra_info("socket")
        if found is not None and found.family in {socket.AF_INET, socket.AF_INET6} and hasattr(socket, _UNSENT):
            found.setsockopt(socket.IPPROTO_TCP, getattr(socket, _UNSENT), _UNSENT_BYTES)

    def _forget_the_handshake(self) -> None:
        """What only the handshake needed; most of an idle socket's memory."""
        del self.scope, self.request, self.response
        self.app_state = {}

    def _let_read(self) -> None:
        if self._is_held:
            self._is_held = False
            if not self.transport.is_closing():
                self.transport.resume_reading()


def of_scope(scope: Scope) -> HearthSocketProtocol | None:
    """The socket of this handshake, if its server hands sockets over."""
    found = scope.get("extensions", {}).get(EXTENSION, {}).get("socket")
    return found if isinstance(found, HearthSocketProtocol) else None
