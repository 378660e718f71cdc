"""What a member takes along of a chat: all that the member sees there, a stretch at a time."""

from collections.abc import AsyncIterator, Collection
from typing import Any

from sqlalchemy import and_, or_, select

from src.auth import models as auth_models
from src.chats import exceptions, message_models, message_queries, models, queries
from src.chats.constants import MEDIA_KIND
from src.chats.service_history import Rows
from src.database import ReadSession
from src.media import models as media_models
from src.media import rendered as media_rendered
from src.media.constants import State as MediaState

Message = message_models.Message
_AT_ONCE = 200


async def chat(session: ReadSession, *, account_id: int, chat_id: int) -> queries.Sight:
    """The chat, of which the account is a member.

    Raises:
        ChatNotFound: it is none.
    """
    sight = await queries.sight(session, chat_id=chat_id, viewer_id=account_id)
    if sight is None or sight.seat is None:
        raise exceptions.ChatNotFound
    return sight


async def usernames(session: ReadSession, *, chat_id: int) -> list[str]:
    """Who belongs to the chat, in the order of the alphabet."""
    account = auth_models.Account
    statement = select(account.username).join(models.Seat, models.Seat.account_id == account.id)
    return list(await session.scalars(statement.where(models.Seat.chat_id == chat_id).order_by(account.username)))


async def messages(session: ReadSession, *, account_id: int, chat_id: int) -> AsyncIterator[Rows]:
    """What is there of messages for this member, the oldest first, as rows of `message_queries.messages`."""
    there = message_queries.messages().where(
        Message.chat_id == chat_id, Message.deleted_at.is_(None), ~message_queries.is_hidden(account_id)
    )
    last = 0
    while rows := (await session.execute(there.where(Message.seq > last).order_by(Message.seq).limit(_AT_ONCE))).all():
        yield rows
        last = rows[-1].Message.seq


async def files(session: ReadSession, message_ids: Collection[int]) -> list[tuple[int, media_models.MediaFile]]:
    """The ids of the items that hang on these messages, each with its file; without what cannot be shown (yet)."""
    item, file = media_models.MediaItem, media_models.MediaFile
    ready = and_(item.state == MediaState.READY, file.variant == media_rendered.Variant.ORIGINAL)
    sent = and_(item.state == MediaState.PROCESSING, file.variant == media_rendered.RAW)
    found: Any = await session.execute(
        select(item.id, file)
        .join(file, file.media_id == item.id)
        .where(item.attached_kind == MEDIA_KIND, item.attached_id.in_(message_ids), or_(ready, sent))
        .order_by(item.id)
    )
    return [(id_, its_file) for id_, its_file in found]
