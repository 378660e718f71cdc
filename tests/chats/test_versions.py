"""Servers and clients of different versions side by side: what one of them does not know, it steps over."""

from typing import ClassVar

import pytest

from src.chats import service_events
from src.chats.events import ChatEvent, MessageSent
from src.client import connection, news
from src.client.session import Key
from src.config import Settings, override
from tests.chats.steps import founded, good
from tests.hearth import Hearth
from tests.realtime.served import client, serving

pytestmark = pytest.mark.integration


class Waved(ChatEvent):
    """What a newer version tells of in chats."""

    type: ClassVar[str] = "chats.waved"

    to: str


class Sent(MessageSent):
    """What it tells of messages."""

    type: ClassVar[str] = "chats.sent_as_of_tomorrow"

    mood: str


async def test_what_a_newer_server_has_written_is_stepped_over(hearth: Hearth, settings: Settings) -> None:
    ada, ben = await hearth.account("ada"), await hearth.account("ben")
    first, second = int(await founded(ada, ben)), int(await founded(ada, ben))
    with override(Settings, rate_limit=0):
        async with serving(hearth, settings) as served, client(served, ben) as socket:
            url = f"http://127.0.0.1:{served.port}"
            async with connection.Client(url, Key(ben.token).tokens, heads={f"chat:{first}": 0}) as reader:
                async with hearth.database.write() as session:
                    strange = [Waved(actor_id=ada.id, chat_id=first, to="all")]
                    strange += [Sent(actor_id=0, chat_id=first, message_id=7, seq=9, mood="good")]  # type: ignore[list-item]
                    await service_events.tell(session, *strange)
                    # What is missing there is read together with other streams.
                    served.hub.hint(f"chat:{second}", 3)
                for chat_id in (first, second):
                    good(await ada.client.post(f"/v1/chats/{chat_id}/messages", json={"text": "hello"}))
                types = [(one["ev"], one["t"]) for one in await socket.events(f"chat:{first}", 3)]
                assert types == [(3, "chat.other"), (4, "chat.other"), (5, "msg.new")]
                assert [one["ev"] for one in await socket.events(f"chat:{second}", 1)] == [3]
                page = good(await ben.client.get(f"/v1/streams/chat:{first}/events?since=2"))
                assert [(one["ev"], one["t"], one["d"]) for one in page["events"][:2]] == [
                    (3, "chat.other", {}),
                    (4, "chat.other", {}),
                ]
                # A client applies them like any other, and goes on behind them.
                numbers = []
                async for one in reader:
                    if isinstance(one, news.Happened) and one.stream == f"chat:{first}":
                        numbers.append(one.ev)
                    if numbers[-1:] == [5]:
                        break
                assert numbers == [1, 2, 3, 4, 5]


async def test_a_client_of_another_version_is_told_what_this_server_does_not_do(
    hearth: Hearth, settings: Settings
) -> None:
    ada = await hearth.account("ada")
    chat_id = await founded(ada)
    with override(Settings, rate_limit=0):
        async with serving(hearth, settings) as served:
            async with client(served) as newer:
                refused = await newer.ask(op="hello", v=2, token=ada.token)
                assert refused["err"]["code"] == "invalid_input"  # type: ignore[index]
                assert [one["loc"] for one in refused["err"]["errors"]] == [["v"]]  # type: ignore[index]
            async with client(served, ada) as socket:
                for asked, code in (
                    ({"op": "wave", "chat": chat_id}, "unknown_operation"),
                    ({"op": "send", "chat": chat_id, "text": "hi", "mood": "good"}, "invalid_input"),
                ):
                    answer = await socket.ask(**asked)
                    assert answer["err"]["code"] == code, answer  # type: ignore[index]
                    assert not answer["err"]["retry"]  # type: ignore[index]
                said = await socket.ask(op="sync", stream=f"chat:{chat_id}", since=0)
                assert said["ok"]["upto"] == 1  # type: ignore[index]
