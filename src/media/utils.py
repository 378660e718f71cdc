"""How an item is written out."""

from src.media import models, schemas
from src.media.constants import State
from src.media.formats import Kind
from src.media.rendered import Reason, Variant
from src.models import instant_of

PATH = "/v1/media"
_EXTENSIONS = {"image/jpeg": "jpg", "audio/mpeg": "mp3", "audio/mp4": "m4a"}


def addresses(media_id: int) -> tuple[str, str]:
    """The paths of an item's file and of its small still picture."""
    return f"{PATH}/{media_id}/{Variant.ORIGINAL}", f"{PATH}/{media_id}/{Variant.SMALL}"


def extension_of(content_type: str) -> str:
    """What a file of this type has at the end of its name."""
    return _EXTENSIONS.get(content_type) or content_type.partition("/")[2]


def media_read(item: models.MediaItem) -> schemas.MediaRead:
    """The answer for an item."""
    ready, kind = item.state == State.READY, Kind(item.kind)
    url, preview_url = addresses(item.id)
    return schemas.MediaRead(
        id=item.id,
        state=State(item.state),
        kind=kind,
        error=None if item.error is None else Reason(item.error),
        alt_text=item.alt_text,
        focus=_focus(item),
        blurhash=item.blurhash,
        width=item.width,
        height=item.height,
        duration=item.duration,
        content_type=item.content_type,
        bytes=item.bytes,
        url=url if ready else None,
        preview_url=preview_url if ready and kind is not Kind.AUDIO else None,
        created_at=instant_of(item.id),
    )


def _focus(item: models.MediaItem) -> schemas.FocusRead | None:
    if item.focus_x is None or item.focus_y is None:
        return None
    return schemas.FocusRead(x=item.focus_x, y=item.focus_y)
