"""What the tasks of media are told."""

from pydantic import BaseModel


class ProcessPayload(BaseModel):
    """Which item is to be processed."""

    media_id: int


class DiscardPayload(BaseModel):
    """Nothing: what is to be removed stands in a table."""


class SweepPayload(BaseModel):
    """Nothing: what no row refers to is found by looking."""
