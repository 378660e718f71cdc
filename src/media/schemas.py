"""What clients send and get about media."""

from typing import Annotated

from pydantic import Field

from src.media.constants import MAX_ALT_TEXT, State
from src.media.formats import Kind
from src.media.rendered import Reason
from src.schemas import Count, Finite, Id, Input, Instant, Output, Text

AltText = Annotated[Text, Field(min_length=1, max_length=MAX_ALT_TEXT, examples=["A cat asleep on a keyboard."])]
Side = Annotated[Finite, Field(ge=-1, le=1, examples=[0.25])]


class Focus(Input):
    """What stays in sight when the picture is cropped: from -1 (left, bottom) to 1 (right, top)."""

    x: Side
    y: Side


class MediaDetails(Input):
    """What a form may say of its file."""

    alt_text: AltText | None = None
    focus: Focus | None = None


class MediaUpdate(Input):
    """A change: what is absent stays, null takes it away."""

    alt_text: AltText | None = None
    focus: Focus | None = None


class DirectUploadCreate(Input):
    """A file that is to go straight to S3."""

    bytes: Annotated[Count, Field(ge=1, description="The most that the file will have.", examples=[52_428_800])]


class DirectUploadRead(Output):
    """A form for one file, `multipart/form-data`: these fields in any order, then the file in a part named `file`."""

    id: Id
    url: str
    fields: Annotated[dict[str, str], Field(description="Each has to be sent as it is.")]
    expires_at: Instant


class FocusRead(Output):
    """What stays in sight when the picture is cropped."""

    x: float
    y: float


class MediaRead(Output):
    """An item; while it is being processed, only what its first bytes have told is known."""

    id: Id
    state: State
    kind: Annotated[Kind, Field(description="May change once the whole file has been looked at.")]
    error: Annotated[Reason | None, Field(description="Why a failed item is unusable.")]
    alt_text: str | None
    focus: FocusRead | None
    blurhash: Annotated[str | None, Field(description="The picture in some thirty characters (https://blurha.sh).")]
    width: Annotated[int | None, Field(description="In pixels, as it is shown.")]
    height: Annotated[int | None, Field(description="In pixels, as it is shown.")]
    duration: Annotated[float | None, Field(description="In seconds.")]
    content_type: str | None
    bytes: Annotated[int, Field(description="Of all its files on the server.")]
    url: Annotated[str | None, Field(description="The path of the file, once it is ready.")]
    preview_url: Annotated[str | None, Field(description="The path of a small still picture; none of a sound.")]
    created_at: Instant
