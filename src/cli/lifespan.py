"""The app as the server runs it, with its start made visible: what it opened, or why it could not."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class WatchedApp:
    """Passes everything on to the app.

    Attributes:
        state: what the app's lifespan has opened, by name; empty before that.
        failure: why the app could not start.
        life: the task that has opened the state and closes it again.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.state: dict[str, object] = {}
        self.failure: Exception | None = None
        self.life: asyncio.Task[object] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface."""
        if scope["type"] == "lifespan":
            await self._start(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _start(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.state = scope["state"]
        self.life = asyncio.current_task()

        async def without_traceback(message: Message) -> None:
            # That it was cancelled, because somebody could not wait for the end, is no failure to look into.
            task = asyncio.current_task()
            hurried = message["type"] == "lifespan.shutdown.failed" and task is not None and task.cancelling()
            if message["type"] == "lifespan.startup.failed" or hurried:
                message = {**message, "message": ""}
            await send(message)

        try:
            await self._app(scope, receive, without_traceback)
        except Exception as error:
            self.failure = error
            raise
