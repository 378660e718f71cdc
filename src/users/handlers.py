"""What people's profiles do when something happens to the media that they show."""

from src.database import WriteSession
from src.media import events as media_events
from src.users import service_pictures
from src.users.constants import Place


async def say_anew(session: WriteSession, event: media_events.MediaChanged) -> None:
    """After: a picture of a person has another alternative text."""
    for place in Place:
        if event.attached_kind == place.media_kind:
            await service_pictures.refresh(session, account_id=event.attached_id, place=place, media_id=event.media_id)
