"""What probes, people and admins get of the server as a whole."""

from typing import Annotated

from pydantic import Field

from src.auth import config as auth_config
from src.schemas import Id, Instant, Output

_Bytes = Annotated[int, Field(ge=0, examples=[35_400_000])]


class HealthRead(Output):
    """The answer of a server that is well."""

    status: str


class ServerLimits(Output):
    """How much this server takes."""

    post_length: Annotated[int, Field(description="Characters as people count them; an address counts 23.")]
    bio_length: int
    display_name_length: int
    profile_links: int
    page_items: Annotated[int, Field(description="The greatest `limit` of a list.")]
    body_bytes: Annotated[int, Field(description="Of a request with JSON.")]
    post_media: Annotated[int, Field(description="Pictures, films and sounds of one post.")]
    poll_options: Annotated[int, Field(description="Of one poll.")]
    poll_option_length: Annotated[int, Field(description="In code points.")]
    media_bytes: Annotated[int, Field(description="Of a film or a sound.")]
    image_bytes: int
    image_pixels: int
    film_seconds: int


class ServerCounts(Output):
    """About how many there are, as the database itself keeps count."""

    accounts: int
    posts: int


class ServerRead(Output):
    """What everybody may know before they sign in."""

    name: Annotated[str, Field(examples=["Elm Street"])]
    description: str
    version: Annotated[str, Field(examples=["0.1.0"])]
    contact: Annotated[str, Field(description="Whom to ask; empty if nobody has said.", examples=["post@elm.example"])]
    rules: Annotated[list[str], Field(examples=[["Be kind."]])]
    registration: auth_config.RegistrationMode
    email_required: Annotated[bool, Field(description="Whether signing up asks for an e-mail address.")]
    public_read: Annotated[bool, Field(description="Whether strangers may read what is public.")]
    limits: ServerLimits
    counts: Annotated[ServerCounts | None, Field(description="Null where strangers may read nothing.")]


class ServerSettingsRead(Output):
    """What admins have decided about the server."""

    name: str
    description: str
    contact: str
    rules: list[str]
    registration: Annotated[auth_config.RegistrationMode | None, Field(description="Null: as the operator has set it.")]
    updated_at: Instant


class DiskRead(Output):
    """The disk that the data directory is on."""

    free_bytes: _Bytes
    total_bytes: _Bytes


class StatusRead(Output):
    """What `hearth status` shows."""

    version: str
    postgresql: Annotated[str, Field(examples=["18.4"])]
    schema_revision: str | None
    database_bytes: _Bytes
    accounts: Annotated[int, Field(description="About how many.")]
    posts: Annotated[int, Field(description="About how many.")]
    events_waiting: Annotated[int, Field(description="Events to be handled, once for each package that hears them.")]
    lag_seconds: Annotated[float | None, Field(description="The age of the oldest event that waits; null: none does.")]
    events_unpublished: Annotated[int, Field(description="Events that are not in Kafka yet; without Kafka 0.")]
    unpublished_seconds: Annotated[
        float | None, Field(description="The age of the oldest of them; null: there is none.")
    ]
    dead_letters: int
    sockets: Annotated[
        int,
        Field(description="Open ones of all processes, and streams followed over plain HTTP, as of half a minute ago."),
    ]
    tasks: Annotated[dict[str, int], Field(description="By state.", examples=[{"done": 3}])]
    media_bytes: Annotated[dict[str, int], Field(description="By kind.", examples=[{"image": 2_400_000}])]
    disk: DiskRead


class TableRead(Output):
    """One table with its indexes."""

    name: Annotated[str, Field(examples=["posts"])]
    package: Annotated[str | None, Field(description="Whose it is; null: the schema's own.", examples=["posts"])]
    bytes: _Bytes
    rows: Annotated[int, Field(description="About how many.")]


class MediaUsageRead(Output):
    """Bytes of uploaded files with their thumbnails."""

    by_kind: dict[str, int]
    by_store: Annotated[dict[str, int], Field(description="Without what waits to be removed.")]
    by_person: Annotated[dict[str, int], Field(description="Of the ten who have most, by username.")]
    unattached: Annotated[_Bytes, Field(description="Of what hangs on nothing; it is removed after a day.")]


class StorageRead(Output):
    """Where the bytes are."""

    disk: DiskRead
    database_bytes: _Bytes
    media: MediaUsageRead
    packages: Annotated[dict[str, int], Field(description="Bytes of each package's tables.")]
    tables: Annotated[list[TableRead], Field(description="The largest first.")]


class ExaminationBegun(Output):
    """What `hearth doctor` says will stand in this task's `result`."""

    task_id: Id
