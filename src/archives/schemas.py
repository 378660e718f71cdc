"""What clients get about leaving."""

from typing import Annotated

from pydantic import Field

from src.schemas import Instant, Output


class DeletionRead(Output):
    """When the caller's account will be deleted."""

    asked_at: Instant
    due_at: Annotated[Instant, Field(description="Until then it can be taken back.")]
