"""What happens to media, for whoever listens. Ids only."""

from typing import ClassVar

from src.events import event as events


class MediaReady(events.Event):
    """An item has been processed. `attached_*` tell what it hung on by then, if on anything."""

    type: ClassVar[str] = "media.ready"

    media_id: int
    attached_kind: str | None
    attached_id: int | None


class MediaFailed(events.Event):
    """An item turned out to be unusable."""

    type: ClassVar[str] = "media.failed"

    media_id: int
    attached_kind: str | None
    attached_id: int | None


class MediaChanged(events.Event):
    """An item that hangs on something has another alternative text or focus."""

    type: ClassVar[str] = "media.changed"

    media_id: int
    attached_kind: str
    attached_id: int
