"""What child processes give back: plain values, and the refusals that their parent puts into words."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from src.media.formats import Kind


class Variant(StrEnum):
    """Which of an item's files."""

    ORIGINAL = "original"
    # A still picture of at most `SMALL_SIDE`, for lists; sounds have none.
    SMALL = "small"


# In the place of a variant: the file as it was sent. Never served, and gone as soon as the others are there.
RAW: Final = "raw"


class Reason(StrEnum):
    """Why a file is refused once it has been looked into."""

    UNREADABLE = "unreadable"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MANY_FRAMES = "too_many_frames"
    TOO_LONG = "too_long"
    CODEC = "codec"
    NO_TOOLS = "no_tools"
    # More memory or time than a child process has.
    TOO_COSTLY = "too_costly"
    # The server's fault, more than once.
    GIVEN_UP = "given_up"


class Refused(Exception):
    """The file is refused; its one argument is the reason."""

    def __init__(self, reason: Reason) -> None:
        # Out of a child process only plain values come.
        super().__init__(str(reason))

    @property
    def reason(self) -> Reason:
        """Why."""
        return Reason(self.args[0])


@dataclass(frozen=True)
class RenderedFile:
    """One file that was written, by its whole path."""

    variant: str
    path: str
    content_type: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Rendered:
    """What came of an upload. Sides in pixels as they are shown, the duration in seconds."""

    kind: str
    width: int | None
    height: int | None
    duration: float | None
    blurhash: str | None
    files: tuple[RenderedFile, ...]

    @property
    def known_kind(self) -> Kind:
        """The kind as the word that it is: a child may answer with plain values only."""
        return Kind(self.kind)
