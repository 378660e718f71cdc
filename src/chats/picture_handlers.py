"""What chats do when something happens to the media that they show as their pictures."""

from src.chats import service_pictures
from src.chats.constants import PICTURE_KIND
from src.database import WriteSession
from src.media import events as media_events


async def show_anew(session: WriteSession, event: media_events.MediaChanged) -> None:
    """After: the picture of a chat has another alternative text."""
    if event.attached_kind == PICTURE_KIND and event.attached_id is not None:
        await service_pictures.say_anew(
            session, chat_id=event.attached_id, media_id=event.media_id, by_id=event.actor_id
        )
