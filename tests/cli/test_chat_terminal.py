"""`hearth chat` at a terminal, against the real house: where it does otherwise than through pipes."""

import asyncio
from contextlib import redirect_stdout

from src.cli import chat_talk
from src.config import Settings
from tests.cli.glasses import PATIENCE, Glass
from tests.client.places import placed
from tests.hearth import Hearth


async def refused(glass: Glass, line: str, told: str) -> None:
    """What is typed is not done, which is told above the prompt of the chat that is open."""
    glass.press(f"{line}\r")
    await glass.until(lambda: told in "\n".join(glass.lines) and glass.lines[-1] == "@grace>")


async def test_a_chat_stays_open_where_another_cannot_be_opened(
    hearth: Hearth, settings: Settings, glass: Glass
) -> None:
    async with placed(hearth, settings) as place:
        ada, grace = await place.person("ada"), await place.person("grace")
        with redirect_stdout(glass.output):
            way = place.stranger.signed_in(ada.tokens)
            talk = asyncio.create_task(chat_talk.talk(place.url, way, ada.tokens, name="test"))
            await glass.until(lambda: glass.lines[-1] == ">")
            glass.press("/open @grace\r")
            await glass.until(lambda: glass.lines[-1] == "@grace>")
            for wanted, told in (
                ("/open 9", "!! There is no such chat: see /chats."),
                ("/open @nobody", "!! There is nobody called @nobody."),
                ("/open", "!! More is needed: /open N|@NAME|NAME"),
            ):
                await refused(glass, wanted, told)
            glass.press("Tea at four?\r")
            await glass.until(lambda: glass.lines[-2].endswith("#1 @ada: Tea at four?"))
            glass.press("\x04")
            async with asyncio.timeout(PATIENCE):
                assert not await talk
        [chat] = await place.api(grace).chats()
        assert [message.text for message in (await place.api(grace).history(chat.id)).items] == ["Tea at four?"]
