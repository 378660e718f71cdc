"""What chats do as time goes by: old messages go where they are kept for so many days, new ones become findable."""

from datetime import timedelta

from sqlalchemy import func, literal, select

from src import clock
from src.chats import events, message_models, models, service_gone
from src.database import Database, WriteSession
from src.models import first_id_at
from src.search import documents as search_documents
from src.search import service_documents as search_service_documents
from src.users import models as users_models

Chat = models.Chat
Message = message_models.Message
Profile = users_models.Profile

EXPIRE_SECONDS = 600
# What was said just now is looked for, too; a message has no document before, to be sent in one statement.
DOCUMENTS_SECONDS = 2
_AT_ONCE = 200


async def expire(database: Database) -> None:
    """Empties messages that are older than their chat keeps any, some of one chat in each transaction."""
    limited = select(Chat.id).where(Chat.retention_days.is_not(None)).order_by(Chat.id)
    async with database.read() as session:
        chat_ids = (await session.scalars(limited)).all()
    for chat_id in chat_ids:
        emptied = _AT_ONCE
        while emptied == _AT_ONCE:
            async with database.write() as session:
                emptied = await _expire_some(session, chat_id)


async def write_documents(database: Database) -> None:
    """Makes messages findable that were sent or edited; in the forms of words of their sender's language."""
    spoken = select(Profile.locale).where(Profile.account_id == Message.sender_id).scalar_subquery()
    document = search_documents.document_of(func.coalesce(spoken, literal("en")), Message.text)
    await search_service_documents.write_missing(database, Message, Message.document, document)


async def _expire_some(session: WriteSession, chat_id: int) -> int:
    """Empties the oldest messages whose time is over; how many."""
    days = await session.scalar(select(Chat.retention_days).where(Chat.id == chat_id))
    if days is None:
        return 0
    old = (
        select(Message.id, Message.chat_id)
        .where(
            Message.chat_id == chat_id,
            Message.id < first_id_at(clock.now() - timedelta(days=days)),
            Message.deleted_at.is_(None),
        )
        .order_by(Message.seq)
        .limit(_AT_ONCE)
        .with_for_update(key_share=True)
    )
    places = [(id_, place) for id_, place in await session.execute(old)]
    await service_gone.empty(session, places)
    await service_gone.tell(session, events.MessageDeleted, places)
    return len(places)
