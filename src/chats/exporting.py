"""The archive of a chat as one member sees it.

`chat.json` says what it is and who is in it, `messages.txt` is for reading; `messages.jsonl`, `polls.jsonl` and
`people.jsonl` have a thing a line, as the API answers them. What they show lies beside, each file under the id of its
item.
"""

from collections.abc import Sequence
from functools import partial

import orjson

from src import clock
from src.archives import parts as archives_parts
from src.archives import pen as archives_pen
from src.chats import message_schemas, queries, readable, rendering, service_exports, service_history
from src.chats.constants import ChatKind, ChatKindName
from src.database import ReadSession
from src.media import copying as media_copying
from src.media import restoring as media_restoring
from src.media import stores as media_stores
from src.media.constants import STORES_RESOURCE
from src.models import instant_of
from src.polls import schemas as polls_schemas
from src.restoring import resource
from src.schemas import Output
from src.users import utils as users_utils

_FORMAT = "hearth-chat"
_VERSION = 1


async def write(
    session: ReadSession, pen: archives_pen.Pen, about: archives_parts.About, chat_id: int
) -> Sequence[archives_parts.Copy]:
    """Writes what the account sees of the chat, and names the files of media.

    Raises:
        ChatNotFound: it is no member, or not any more.
    """
    sight = await service_exports.chat(session, account_id=about.account_id, chat_id=chat_id)
    members = await service_exports.usernames(session, chat_id=chat_id)
    await pen.write("chat.json", orjson.dumps(_described(sight, about, members), option=orjson.OPT_INDENT_2))
    people: set[int] = set()
    polls: list[polls_schemas.PollRead] = []
    copies: list[archives_parts.Copy] = []
    stores = resource(about.resources, STORES_RESOURCE, media_stores.Stores)
    async with pen.file("messages.jsonl") as sheet:
        async for rows in service_exports.messages(session, account_id=about.account_id, chat_id=chat_id):
            shown = [rendering.message_read(row) for row in rows]
            await sheet.write(_lines(shown))
            people |= _named(shown)
            polls += await service_history.polls_of(session, rows, about.account_id)
            copies += [
                archives_parts.Copy(
                    media_restoring.archive_path(media_id, file.content_type),
                    partial(media_copying.read, about.database, stores, file),
                )
                for media_id, file in await service_exports.files(session, [message.id for message in shown])
            ]
    found = await queries.people(session, people)
    names = {id_: username for id_, (_, username) in found.items()}
    numbers: dict[int, int] = {}
    asked = {poll.id: poll for poll in polls}
    async with pen.file("messages.txt") as sheet:
        # Once more from the beginning: only now it is known who has written.
        async for rows in service_exports.messages(session, account_id=about.account_id, chat_id=chat_id):
            shown = [rendering.message_read(row) for row in rows]
            numbers |= {message.id: message.seq for message in shown}
            await sheet.write("".join(readable.message(one, names, numbers, asked) for one in shown).encode())
    await pen.write("people.jsonl", _lines([users_utils.author(*found[id_]) for id_ in sorted(found)]))
    await pen.write("polls.jsonl", _lines(polls))
    return copies


def _described(sight: queries.Sight, about: archives_parts.About, members: Sequence[str]) -> dict[str, object]:
    chat = sight.chat
    others = [username for username in members if username != about.username]
    return {
        "format": _FORMAT,
        "version": _VERSION,
        "made_at": clock.now(),
        "made_for": {"id": str(about.account_id), "username": about.username},
        "server": about.hearth_url,
        "chat": {
            "id": str(chat.id),
            "kind": ChatKindName[ChatKind(chat.kind).name],
            # A direct one has no name of its own: it is known by the other person.
            "name": chat.name or ", ".join(f"@{username}" for username in others),
            "topic": chat.topic,
            "created_at": instant_of(chat.id),
            "members_count": sight.members_count,
            "members": members,
        },
    }


def _named(shown: Sequence[message_schemas.MessageRead]) -> set[int]:
    """Who has written, is named or has reacted."""
    senders = {message.sender_id for message in shown if message.sender_id is not None}
    mentioned = {id_ for message in shown for id_ in message.mention_ids}
    reacted = {id_ for message in shown for reaction in message.reactions for id_ in reaction.account_ids}
    return senders | mentioned | reacted


def _lines(shown: Sequence[Output]) -> bytes:
    return b"".join(one.model_dump_json().encode() + b"\n" for one in shown)
