"""What the twins of the sockets give over HTTP."""

from typing import Annotated

from pydantic import Field

from src.realtime import frames
from src.schemas import Flag, Input, Output


class StreamsRead(Output):
    """Where all streams of the caller stand."""

    epoch: Annotated[str, Field(description="Another one than before: the server's data are others; drop all heads.")]
    heads: list[frames.HeadRead]


class PresenceSettings(Input):
    """Whether others are told when one is there."""

    shared: Flag


class PresenceRead(Output):
    """Whether others are told when one is there."""

    shared: bool
