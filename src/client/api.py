"""What a client of chats asks over HTTP: people, chats, members, history, and changes of messages."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel

from src.client.calls import Calls
from src.client.schemas import (
    Account,
    Chat,
    History,
    Invite,
    Invited,
    Member,
    Message,
    Messages,
    PageOf,
    Person,
    Pins,
    Poll,
    ReadMark,
)

T = TypeVar("T", bound=BaseModel)

_PAGE = 50
# Of any list: a terminal shows no more.
_MOST = 500


class Api:
    """Each method raises as `Calls.ask`."""

    def __init__(self, calls: Calls) -> None:
        """Takes the way to the server, as somebody who is signed in."""
        self._calls = calls

    async def me(self) -> Account:
        """Whose token it is."""
        return await self._calls.get(Account, "auth", "me")

    async def person(self, username: str) -> Person:
        """Somebody by their name."""
        return await self._calls.get(Person, "users", username)

    async def chats(self) -> list[Chat]:
        """One's own, those with the newest message first."""
        return await self._all(PageOf[Chat], "chats")

    async def chat(self, chat_id: int) -> Chat:
        """One of them, or a public channel."""
        return await self._calls.get(Chat, "chats", chat_id)

    async def direct(self, account_id: int) -> Chat:
        """The one chat with a person, which is made on first use."""
        return Chat.model_validate_json(await self._calls.ask("PUT", "chats", "direct", account_id))

    async def found_group(self, name: str, member_ids: Sequence[int]) -> Chat:
        """A new group with these members."""
        body = {"kind": "group", "name": name, "member_ids": [str(each) for each in member_ids]}
        return Chat.model_validate_json(await self._calls.ask("POST", "chats", body=body))

    async def public_channels(self, name: str) -> list[Chat]:
        """Channels that everybody may join, found by their name."""
        return (await self._calls.get(PageOf[Chat], "search", type="channels", q=name)).items

    async def join(self, chat_id: int) -> Chat:
        """Joins a public channel."""
        return Chat.model_validate_json(await self._calls.ask("POST", "chats", chat_id, "join"))

    async def members(self, chat_id: int) -> list[Member]:
        """Who belongs to a chat."""
        return await self._all(PageOf[Member], "groups", chat_id, "members")

    async def history(
        self, chat_id: int, *, before: int | None = None, after: int | None = None, limit: int = _PAGE
    ) -> History:
        """The last messages of a chat, or those before or after a number."""
        return await self._calls.get(History, "chats", chat_id, "messages", before=before, after=after, limit=limit)

    async def read(self, chat_id: int, seq: int) -> ReadMark:
        """Marks all messages up to this number as read."""
        body = {"seq": seq}
        return ReadMark.model_validate_json(await self._calls.ask("PUT", "chats", chat_id, "read", body=body))

    async def edit(self, chat_id: int, message_id: int, text: str) -> Message:
        """Gives one's own message another text."""
        path = ("chats", chat_id, "messages", message_id)
        return Message.model_validate_json(await self._calls.ask("PATCH", *path, body={"text": text}))

    async def delete(self, chat_id: int, message_id: int) -> None:
        """Deletes a message for all."""
        await self._calls.ask("DELETE", "chats", chat_id, "messages", message_id)

    async def react(self, chat_id: int, message_id: int, emoji: str, *, is_on: bool = True) -> None:
        """Puts an emoji on a message, or takes it off."""
        path = ("chats", chat_id, "messages", message_id, "reactions", emoji)
        await self._calls.ask("PUT" if is_on else "DELETE", *path)

    async def send(self, chat_id: int, **fields: object) -> None:
        """Sends a message with these fields, once: `Client.send` outlives a broken connection, but knows fewer."""
        await self._calls.ask("POST", "chats", chat_id, "messages", body=fields)

    async def message(self, chat_id: int, message_id: int) -> Message:
        """A message as it is now."""
        return await self._calls.get(Message, "chats", chat_id, "messages", message_id)

    async def thread(self, chat_id: int, message_id: int) -> Messages:
        """The first messages of the thread that hangs on one."""
        return await self._calls.get(Messages, "chats", chat_id, "messages", message_id, "thread", limit=_PAGE)

    async def search(self, chat_id: int, words: str) -> Messages:
        """The newest messages of a chat in which these words stand, the oldest first."""
        asked = f"in:chat:{chat_id} {words}"
        found = await self._calls.get(Messages, "search", type="messages", q=asked, limit=_PAGE)
        return Messages(items=found.items[::-1], people=found.people)

    async def pins(self, chat_id: int) -> Messages:
        """The messages that are kept in sight, the latest pin first."""
        found = await self._calls.get(Pins, "chats", chat_id, "pins")
        return Messages(items=[pin.message for pin in found.items], people=found.people)

    async def pin(self, chat_id: int, message_id: int, *, is_on: bool = True) -> None:
        """Keeps a message in sight, or takes it down."""
        await self._calls.ask("PUT" if is_on else "DELETE", "chats", chat_id, "pins", message_id)

    async def poll(self, poll_id: int) -> Poll:
        """How a poll stands."""
        return await self._calls.get(Poll, "polls", poll_id)

    async def vote(self, poll_id: int, choices: Sequence[int]) -> None:
        """Votes for the options at these positions, in place of an earlier vote."""
        await self._calls.ask("PUT", "polls", poll_id, "ballot", body={"choices": list(choices)})

    async def mute(self, chat_id: int, until: datetime | None, *, level: str | None) -> None:
        """Mutes a chat until then, or not any more; `level` is what stays as it was."""
        body = {"level": level, "muted_until": None if until is None else until.isoformat()}
        await self._calls.ask("PUT", "chats", chat_id, "notifications", body=body)

    async def leave(self, chat_id: int, account_id: int) -> None:
        """Gives up one's own place in a chat."""
        await self._calls.ask("DELETE", "groups", chat_id, "members", account_id)

    async def invite(self, chat_id: int) -> str:
        """A new code by which others join."""
        found = await self._calls.ask("POST", "groups", chat_id, "invites", body={})
        return Invite.model_validate_json(found).code

    async def accept_invite(self, code: str) -> int:
        """Joins by a code; which chat it is."""
        return Invited.model_validate_json(await self._calls.ask("POST", "group-invites", code)).id

    async def _all(self, model: type[PageOf[T]], *path: str | int) -> list[T]:
        items: list[T] = []
        cursor: str | None = None
        while True:
            page = await self._calls.get(model, *path, limit=_PAGE, cursor=cursor)
            items += page.items
            cursor = page.next
            if cursor is None or len(items) >= _MOST:
                return items
