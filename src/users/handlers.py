"""What people's profiles do when something happens to the media that they show."""

from src.database import WriteSession
from src.media import events as media_events
from src.users import service_pictures
from src.users.constants import Place


async def say_anew(session: WriteSession, event: media_events.MediaChanged | media_events.MediaReady) -> None:
    """After: a picture of a person has another alternative text, or one that was brought along is ready."""
    for place in Place:
        if event.attached_id is not None and event.attached_kind == place.media_kind:
            await service_pictures.refresh(session, account_id=event.attached_id, place=place, media_id=event.media_id)


async def take_down(session: WriteSession, event: media_events.MediaFailed) -> None:
    """After: a picture that was brought along turned out to be none."""
    for place in Place:
        if event.attached_id is not None and event.attached_kind == place.media_kind:
            await service_pictures.clear(session, account_id=event.attached_id, place=place)
