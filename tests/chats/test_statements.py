"""What requests for chats cost: as many statements for a hundred chats as for one."""

import pytest

from tests.chats.steps import founded, opened_with, say
from tests.counting import counting
from tests.hearth import Hearth

pytestmark = pytest.mark.integration


async def test_lists_cost_the_same_however_many_chats_there_are(hearth: Hearth) -> None:
    ann, *others = [await hearth.account() for _ in range(4)]
    async with counting(hearth.database) as count:
        for other in others:
            await say(hearth, other, await opened_with(ann, other))
            chat_id = await founded(ann, other, kind="channel", is_public=True)
            await say(hearth, other, chat_id, names=[ann])
            # The chats, their newest messages, the people in question.
            assert len(await count(ann, "/v1/chats")) == 3
            assert len(await count(others[-1], "/v1/channels")) <= 3
            assert len(await count(ann, "/v1/search?type=channels&q=film")) == 3
            assert len(await count(ann, "/v1/chats/all/unread")) == 1
            assert len(await count(ann, f"/v1/chats/{chat_id}")) == 3
            # The mark, what is left, the inbox, the own stream; a mark that stays where it is tells nobody.
            assert len(await count(ann, f"/v1/chats/{chat_id}/read", "PUT", json={"seq": 1})) == 4
            assert len(await count(ann, f"/v1/chats/{chat_id}/read", "PUT", json={"seq": 1})) == 2
            assert len(await count(ann, f"/v1/chats/{chat_id}/notifications", "PUT", json={})) == 1


async def test_opening_a_chat_that_is_there_writes_nothing(hearth: Hearth) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    await opened_with(ann, ben)
    async with counting(hearth.database) as count:
        sent = await count(ben, f"/v1/chats/direct/{ann.id}", "PUT")
    # The pair, the chat, the two.
    assert len(sent) == 3
    assert all(one.startswith("SELECT") for one in sent)


async def test_founding_costs_the_same_however_many_are_brought_along(hearth: Hearth) -> None:
    ann, *others = [await hearth.account() for _ in range(6)]
    async with counting(hearth.database) as count:
        numbers = set()
        for brought in (others[:1], others):
            body = {"kind": "group", "name": "us", "member_ids": [str(other.id) for other in brought]}
            numbers.add(len(await count(ann, "/v1/chats", "POST", json=body)))
    assert len(numbers) == 1
