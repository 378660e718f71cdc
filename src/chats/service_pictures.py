"""The picture of a chat: an upload of one of its admins, which everybody sees who sees the chat."""

from sqlalchemy import select

from src.auth import callers as auth_callers
from src.chats import events, exceptions, models, queries, service, service_events
from src.chats.constants import PICTURE_KIND
from src.database import ReadSession, WriteSession
from src.media import formats as media_formats
from src.media import service_attachments as media_attachments
from src.media.constants import State as MediaState

Chat = models.Chat
_PICTURES = frozenset({media_formats.Kind.IMAGE, media_formats.Kind.ANIMATION})


async def show(session: WriteSession, *, caller: auth_callers.Caller, chat_id: int, media_id: int) -> None:
    """Shows an upload of the caller as the picture of a chat; the one before it is deleted.

    Raises:
        ChatNotFound, ChatNotYours: see `service.administered`.
        MediaUnknown, MediaTaken, MediaFailed: of `media`, it cannot be used.
        PictureUnfit: it is no picture, or not ready.
    """
    chat = await service.administered(session, caller=caller, chat_id=chat_id)
    [item] = await media_attachments.attach(
        session, owner_id=caller.account_id, ids=[media_id], to_kind=PICTURE_KIND, to_id=chat_id
    )
    if item.state != MediaState.READY or item.kind not in _PICTURES:
        raise exceptions.PictureUnfit
    await media_attachments.discard(session, kind=PICTURE_KIND, ids=[chat_id], but_for=[item.id])
    await _put(session, chat, item.id, by_id=caller.account_id)


async def hide(session: WriteSession, *, caller: auth_callers.Caller, chat_id: int) -> None:
    """Deletes the picture of a chat.

    Raises:
        ChatNotFound, ChatNotYours: see `service.administered`.
    """
    chat = await service.administered(session, caller=caller, chat_id=chat_id)
    await media_attachments.discard(session, kind=PICTURE_KIND, ids=[chat_id])
    await _put(session, chat, None, by_id=caller.account_id)


async def is_visible(session: ReadSession, viewer_id: int, chat_id: int) -> bool:
    """Whether the viewer sees the chat and so its picture."""
    return await queries.sight(session, chat_id=chat_id, viewer_id=viewer_id) is not None


async def say_anew(session: WriteSession, *, chat_id: int, media_id: int, by_id: int) -> None:
    """Tells of a chat whose picture says something else, if it still shows it."""
    if await session.scalar(select(Chat.picture_id).where(Chat.id == chat_id)) == media_id:
        await service_events.tell(session, events.ChatChanged(actor_id=by_id, chat_id=chat_id))


async def _put(session: WriteSession, chat: models.Chat, media_id: int | None, *, by_id: int) -> None:
    if chat.picture_id != media_id:
        chat.picture_id = media_id
        await session.flush()
        await service_events.tell(session, events.ChatChanged(actor_id=by_id, chat_id=chat.id))
