"""Chats that all have left are deleted, with all that is in them, a stretch of messages at a time."""

import logging

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from src.chats import message_models, models, service_hooks
from src.chats.constants import MEDIA_KIND, PICTURE_KIND
from src.database import Database, WriteSession
from src.groups import models as groups_models
from src.groups import service as groups_service
from src.media import service_attachments as media_attachments
from src.polls import service as polls_service

Chat, Message = models.Chat, message_models.Message
Group = groups_models.Group

_logger = logging.getLogger("hearth.chats")

EMPTIED_SECONDS = 3600
MESSAGES_AT_ONCE = 500


async def delete_emptied(database: Database) -> None:
    """Deletes all chats that nobody belongs to; nobody will ever again."""
    emptied = select(Chat.id).join(Group, Group.id == Chat.id).where(Group.members_count == 0).order_by(Chat.id)
    async with database.read() as session:
        chat_ids = (await session.scalars(emptied)).all()
    for chat_id in chat_ids:
        try:
            await _delete(database, chat_id)
        except IntegrityError:
            # Something of another package is for this group until an event has been heard; the next time.
            _logger.info("chat %s is not deleted yet: its group is referred to", chat_id)


async def _delete(database: Database, chat_id: int) -> None:
    is_left = True
    while is_left:
        async with database.write() as session:
            is_left = await _delete_messages(session, chat_id)
            if not is_left:
                await _delete_chat(session, chat_id)


async def _delete_messages(session: WriteSession, chat_id: int) -> bool:
    """Deletes the first messages of the chat; whether there were any."""
    first = select(Message.id).where(Message.chat_id == chat_id).order_by(Message.seq).limit(MESSAGES_AT_ONCE)
    ids = (await session.scalars(first)).all()
    if ids:
        await media_attachments.discard(session, kind=MEDIA_KIND, ids=ids)
        await polls_service.discard(session, kind=MEDIA_KIND, ids=ids)
        gone = delete(Message).where(Message.id.in_(ids))
        await session.execute(gone.execution_options(synchronize_session=False))
    return bool(ids)


async def _delete_chat(session: WriteSession, chat_id: int) -> None:
    await media_attachments.discard(session, kind=PICTURE_KIND, ids=[chat_id])
    await service_hooks.discard(session, chat_id=chat_id)
    await session.execute(delete(Chat).where(Chat.id == chat_id))
    await groups_service.dissolve(session, group_id=chat_id)
