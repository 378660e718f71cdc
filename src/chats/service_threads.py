"""Threads: the messages that hang on one, and those of a chat on which others hang."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from src.auth import callers as auth_callers
from src.chats import message_models, message_queries
from src.database import ReadSession
from src.pagination import Paging, Slice, paginate

Message = message_models.Message


async def page(session: ReadSession, *, caller: auth_callers.Caller, chat_id: int, paging: Paging) -> Slice[Any]:
    """The messages of a chat that carry a thread, the newest first; rows are those of `message_queries.messages`."""
    reply = aliased(message_models.Message)
    carrying = select(reply.thread_id).where(
        reply.chat_id == chat_id, reply.thread_id.is_not(None), reply.deleted_at.is_(None)
    )
    statement = message_queries.messages().where(
        Message.id.in_(carrying), ~message_queries.is_hidden(caller.account_id)
    )
    return await paginate(session, statement, key=Message.id, paging=paging)


async def replies(
    session: ReadSession, *, caller: auth_callers.Caller, root: message_models.Message, paging: Paging
) -> Slice[Any]:
    """The messages that hang on one, the oldest first; deleted ones keep their places."""
    statement = message_queries.messages().where(
        Message.chat_id == root.chat_id, Message.thread_id == root.id, ~message_queries.is_hidden(caller.account_id)
    )
    return await paginate(session, statement, key=Message.seq, paging=paging, ascending=True)
