"""What clients get about tasks."""

from typing import Annotated

from pydantic import Field, JsonValue

from src.schemas import Id, Instant, Output
from src.tasks.constants import State


class TaskRead(Output):
    """A task as its owner sees it."""

    id: Id
    kind: Annotated[str, Field(examples=["mastodon_archive.import"])]
    state: State
    done: Annotated[int, Field(description="Steps done so far.")]
    total: Annotated[int | None, Field(description="Steps in all, once it is known.")]
    result: Annotated[dict[str, JsonValue] | None, Field(description="What a task that is done has found or made.")]
    error: Annotated[str | None, Field(description="The code of a failed task's error.")]
    cancel_requested_at: Instant | None
    created_at: Instant
    started_at: Instant | None
    finished_at: Instant | None
