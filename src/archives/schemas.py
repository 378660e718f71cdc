"""What clients send and get about archives and about leaving."""

from typing import Annotated

from pydantic import Field

from src.schemas import Id, Instant, Output


class DeletionRead(Output):
    """When the caller's account will be deleted."""

    asked_at: Instant
    due_at: Annotated[Instant, Field(description="Until then it can be taken back.")]


class ExportRead(Output):
    """An archive of all that the caller owns, or of a thing that the caller may read."""

    id: Id
    kind: Annotated[str, Field(examples=["account"])]
    thing_id: Annotated[Id | None, Field(description="The chat, of an export of the kind `chat`.")]
    task_id: Annotated[Id | None, Field(description="Its progress is at `/v1/tasks/{task_id}`.")]
    bytes: Annotated[int | None, Field(description="Of the file, once it is made.")]
    created_at: Instant
    made_at: Annotated[Instant | None, Field(description="Null: it is still being made.")]
    expires_at: Annotated[Instant | None, Field(description="Until then it can be fetched.")]


class ImportRead(Output):
    """A file that is brought into the caller's account."""

    id: Id
    task_id: Annotated[
        Id | None, Field(description="At `/v1/tasks/{task_id}` are its progress, and then what has come of it.")
    ]
    kind: Annotated[str, Field(examples=["mastodon"])]
    bytes: int
    created_at: Instant
