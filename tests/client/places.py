"""The real house behind a real port, and people who speak with it through the client."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from src import config
from src.client import api, calls, connection, news, session
from src.config import Settings
from src.outbound.client import Outbound
from tests.hearth import PASSWORD, Hearth
from tests.realtime.served import serving


@dataclass
class Place:
    """Where the house answers."""

    url: str
    hearth: Hearth
    stranger: calls.Calls

    async def person(self, username: str) -> session.Session:
        """Somebody new, signed in by password."""
        await self.hearth.account(username)
        return await session.sign_in(self.stranger, login=username, password=PASSWORD)

    def api(self, own: session.Session) -> api.Api:
        """What they may ask."""
        return api.Api(self.stranger.signed_in(own.tokens))

    @asynccontextmanager
    async def client(self, own: session.Session) -> AsyncIterator[connection.Client]:
        """Their connection, once it is open."""
        async with asyncio.timeout(60), connection.Client(self.url, own.tokens, first_wait=0.01) as found:
            assert isinstance(await anext(found), news.Online)
            yield found


@asynccontextmanager
async def placed(hearth: Hearth, settings: Settings) -> AsyncIterator[Place]:
    """The house behind a port for the length of the block."""
    outbound = Outbound()
    with config.override(Settings, rate_limit=0):
        async with serving(hearth, settings) as served:
            url = f"http://127.0.0.1:{served.port}"
            yield Place(url, hearth, calls.Calls(url, outbound, name="test"))
    await outbound.close()
