"""Who is shown as writing: members who may write."""

import pytest

from src.chats import exceptions, operations
from src.chats.constants import ChatKind
from src.exceptions import HearthError
from tests.chats.overhearing import over_a_socket, overhear
from tests.chats.rooms import Room, block, room
from tests.hearth import Hearth, Person

pytestmark = pytest.mark.integration


async def test_members_are_shown_as_writing_where_they_may_write(hearth: Hearth) -> None:
    ann, ben, eve = [await hearth.account(name) for name in ("ann", "ben", "eve")]
    passed = overhear(hearth)

    async def shown(person: Person, chat: Room) -> bool | type[HearthError]:
        before, asked = len(passed), operations.Typing.model_validate({"chat_id": str(chat.id)})
        try:
            await operations.show_typing(over_a_socket(hearth, person), asked)
        except HearthError as error:
            return type(error)
        return [one[:4] for one in passed[before:]] == [
            (f"chat:{chat.id}", "typing", {"account_id": str(person.id)}, person.id)
        ]

    direct = await room(hearth, ann, ben, kind=ChatKind.DIRECT)
    quiet = await room(hearth, ann, ben, kind=ChatKind.CHANNEL, is_read_only=True)
    assert [await shown(ann, direct), await shown(ben, direct), await shown(ann, quiet)] == [True, True, True]
    assert await shown(eve, direct) is exceptions.ChatNotFound
    assert await shown(ben, quiet) is exceptions.ChatIsReadOnly
    group = await room(hearth, ann, ben)
    await block(ann, ben)
    assert [await shown(one, direct) for one in (ann, ben)] == [exceptions.PartnerUnavailable] * 2
    assert len(passed) == 3
    assert await shown(ben, group)
