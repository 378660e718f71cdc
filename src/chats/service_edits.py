"""Editing messages: the earlier versions are kept, and whom a text names is settled anew."""

from dataclasses import replace
from typing import Any

from sqlalchemy import delete, or_, select

from src import clock
from src.auth import callers as auth_callers
from src.chats import (
    events,
    exceptions,
    message_models,
    message_schemas,
    message_texts,
    models,
    service_messages,
)
from src.chats.constants import MEDIA_KIND, ChatKind
from src.chats.service_messages import Demand
from src.chats.service_sending import name
from src.database import ReadSession, WriteSession, exists
from src.groups import membership as groups_membership
from src.groups.constants import GroupRole
from src.media import service_attachments as media_attachments
from src.models import id_at
from src.pagination import Paging, Slice, paginate

Chat = models.Chat
Message = message_models.Message
Edit = message_models.MessageEdit
Mention = message_models.MessageMention


async def edit(
    session: WriteSession, *, caller: auth_callers.Caller, message_id: int, data: message_schemas.MessageUpdate
) -> None:
    """Gives a message another text; one that is equal changes nothing.

    Raises:
        MessageNotFound: it was deleted in this moment.
        MessageNotYours: somebody else has sent it.
        MessageChanged: the edit was made on another version.
        MessageEmpty: nothing would be left to see.
        ChatNotFound, PartnerUnavailable, ChatIsReadOnly: the caller cannot write there any more.
    """
    message = await service_messages.hold(session, message_id)
    if message.sender_id != caller.account_id:
        raise exceptions.MessageNotYours
    if data.version is not None and data.version != message.version:
        raise exceptions.MessageChanged
    content = message_texts.content_of(data.text, may_be_blank=await _shows_more(session, message))
    if content.text == message.text:
        return
    if content.names_all and not await _may_name_all(session, message.chat_id, caller.account_id):
        content = replace(content, names_all=False)
    await _revise(session, message, content)
    await session.execute(delete(Mention).where(Mention.message_id == message_id))
    if content.usernames:
        await name(
            session, chat_id=message.chat_id, seq=message.seq, message_id=message_id, usernames=content.usernames
        )
    edited = events.MessageEdited(
        actor_id=caller.account_id,
        chat_id=message.chat_id,
        message_id=message_id,
    )
    await service_messages.conclude(session, edited, Demand.WRITES)


async def page(session: ReadSession, *, message_id: int, paging: Paging) -> Slice[Any]:
    """The earlier versions of a message, the newest first."""
    return await paginate(session, select(Edit).where(Edit.message_id == message_id), key=Edit.id, paging=paging)


async def _revise(session: WriteSession, message: message_models.Message, content: message_texts.Content) -> None:
    now = clock.now()
    earlier = Edit(id=id_at(now), message_id=message.id, version=message.version, text=message.text, replaced_at=now)
    session.add(earlier)
    message.text = content.text
    message.names_all = content.names_all
    message.version += 1
    message.edited_at = now
    # A job reads it again.
    message.document = None
    await session.flush()


async def _shows_more(session: ReadSession, message: message_models.Message) -> bool:
    """Whether something is to be seen besides the text."""
    if message.card_id is not None or message.poll_id is not None:
        return True
    return bool(await media_attachments.on(session, kind=MEDIA_KIND, ids=[message.id]))


async def _may_name_all(session: ReadSession, chat_id: int, account_id: int) -> bool:
    """Whether this member's `@all` names all: in a channel, which anybody may join, only its admins' does."""
    leads = groups_membership.has_role(Chat.id, account_id, GroupRole.ADMIN)
    return await exists(session, select(Chat.id).where(Chat.id == chat_id, or_(Chat.kind != ChatKind.CHANNEL, leads)))
