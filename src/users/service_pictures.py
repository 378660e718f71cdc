"""What people show on their profiles: a picture and a header, which are media items of theirs."""

from sqlalchemy import select

from src.auth import callers as auth_callers
from src.database import ReadSession, WriteSession
from src.events import event as events
from src.media import formats as media_formats
from src.media import models as media_models
from src.media import service as media
from src.media import service_attachments as media_attachments
from src.media.constants import State as MediaState
from src.users import events as users_events
from src.users import exceptions, models, queries, schemas, service, service_follows, visibility
from src.users.constants import Place

_PICTURES = frozenset({media_formats.Kind.IMAGE, media_formats.Kind.ANIMATION})


async def show(
    session: WriteSession, *, caller: auth_callers.Caller, place: Place, data: schemas.PictureUpdate
) -> queries.Person:
    """Shows an upload of the caller at this place of their profile; the one before it is deleted.

    Raises:
        MediaUnknown, MediaTaken, MediaFailed: of `media`, it cannot be used.
        PictureUnfit: it is no picture, or not ready.
    """
    account_id = caller.account_id
    # Whoever changes what hangs on a profile has its lock.
    await service_follows.lock(session, [account_id])
    [item] = await media_attachments.attach(
        session, owner_id=account_id, ids=[data.media_id], to_kind=place.media_kind, to_id=account_id
    )
    if item.state != MediaState.READY or item.kind not in _PICTURES:
        raise exceptions.PictureUnfit
    await media_attachments.discard(session, kind=place.media_kind, ids=[account_id], but_for=[item.id])
    crop = data.crop
    area = None if crop is None else [crop.left, crop.top, crop.width, crop.height]
    await _put(session, account_id, place, _shown(item, area))
    return await service.own(session, caller=caller)


async def hide(session: WriteSession, *, caller: auth_callers.Caller, place: Place) -> queries.Person:
    """Deletes what the caller shows at this place; from here on there is a generated picture."""
    await clear(session, account_id=caller.account_id, place=place)
    return await service.own(session, caller=caller)


async def clear(session: WriteSession, *, account_id: int, place: Place) -> None:
    """Deletes what somebody shows at this place."""
    await service_follows.lock(session, [account_id])
    await media_attachments.discard(session, kind=place.media_kind, ids=[account_id])
    await _put(session, account_id, place, None)


async def refresh(session: WriteSession, *, account_id: int, place: Place, media_id: int) -> None:
    """Says what the item says by now, if it is still shown at this place."""
    await service_follows.lock(session, [account_id])
    profile = await session.get(models.Profile, account_id, populate_existing=True)
    shown: models.ShownPicture | None = None if profile is None else getattr(profile, place)
    item = await media.find(session, media_id=media_id)
    if shown and item is not None and shown["media_id"] == str(media_id):
        await _put(session, account_id, place, _shown(item, shown["crop"]))


async def put(
    session: WriteSession, *, account_id: int, place: Place, item: media_models.MediaItem, crop: list[float] | None
) -> None:
    """Shows an item that hangs there already, or this part of it; the profile is locked."""
    await _put(session, account_id, place, _shown(item, crop))


async def is_visible(session: ReadSession, viewer_id: int, account_id: int) -> bool:
    """Whether the viewer may look this person up, and so see their pictures."""
    visible = select(visibility.profile_visible_to(viewer_id, account_id))
    return bool((await session.execute(visible)).scalar_one())


def _shown(item: media_models.MediaItem, crop: list[float] | None) -> models.ShownPicture:
    return {"media_id": str(item.id), "alt_text": item.alt_text, "blurhash": item.blurhash, "crop": crop}


async def _put(session: WriteSession, account_id: int, place: Place, shown: models.ShownPicture | None) -> None:
    profile = await session.get_one(models.Profile, account_id, populate_existing=True)
    if getattr(profile, place) == shown:
        return
    setattr(profile, place, shown)
    profile.version += 1
    changed = users_events.ProfileChanged(actor_id=account_id, account_id=account_id, version=profile.version)
    events.publish(session, changed)
    await session.flush()
