"""HEAD for every path that answers GET (RFC 9110, 9.3.2): the same answer, its length told and its body left out.

An endpoint that answers HEAD by itself is asked first, as it may know the length without reading what it would send.
"""

from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class _Enough(Exception):  # no error: the way out of an app that would go on writing
    """All that a HEAD is answered with has been sent."""


class Heads:
    """See the module."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        own = _Answer(send, refused=HTTPStatus.METHOD_NOT_ALLOWED)
        await own.run(self._app, scope, receive)
        if not own.began:
            # A scope of its own: the server goes by the method when it counts what is sent.
            asked = {**scope, "method": "GET"}
            try:
                await _Answer(send).run(self._app, asked, receive)
            finally:
                scope.update(asked, method="HEAD")


class _Answer:
    """What is sent on of an answer; nothing of one with the status `refused`."""

    def __init__(self, send: Send, *, refused: int = 0) -> None:
        self._send = send
        self._refused = refused
        self.began = False

    async def run(self, app: ASGIApp, scope: Scope, receive: Receive) -> None:
        """Asks the app."""
        try:
            await app(scope, receive, self.send)
        except _Enough:
            return

    async def send(self, message: Message) -> None:
        """The ASGI `send` that the app gets."""
        if message["type"] == "http.response.start":
            self.began = message["status"] != self._refused
            if self.began:
                await self._send(message)
        elif self.began:
            await self._send({"type": "http.response.body"})
            if message.get("more_body"):
                raise _Enough
