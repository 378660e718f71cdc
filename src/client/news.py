"""What a connection tells whoever reads it, in the order in which it happened."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Online:
    """A socket is open.

    Attributes:
        account_id: whose.
        states: of the streams that are new to this client or have moved, what the server says of them. Of a new one
            the entries that follow come from here on; what was before is loaded over HTTP.
        is_fresh: the server's data are others than before: nothing that was read holds.
    """

    account_id: int
    states: Mapping[str, Mapping[str, object]]
    is_fresh: bool


@dataclass(frozen=True, slots=True)
class Offline:
    """There is no socket at present; the next attempt is made in so many seconds."""

    reason: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Happened:
    """An entry of a stream: each comes once, in order, whatever happens on the way.

    Whoever reads passes over types that it does not know.
    """

    stream: str
    ev: int
    type: str
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Passing:
    """Something that holds for so many seconds and stands in no log; it may be lost."""

    stream: str
    type: str
    data: Mapping[str, object]
    seconds: float


@dataclass(frozen=True, slots=True)
class Anew:
    """What lies between here and this entry is too old to be had: load what hangs on the stream over HTTP."""

    stream: str
    ev: int


@dataclass(frozen=True, slots=True)
class Gone:
    """The stream is not read any more."""

    stream: str


News: TypeAlias = Online | Offline | Happened | Passing | Anew | Gone
