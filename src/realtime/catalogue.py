"""What all features tell in streams and take over sockets, laid out by name."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from src.auth import callers as auth_callers
from src.feature import Permission, Registry, RegistryError
from src.realtime import parts

_PREFIX = re.compile(r"[a-z]{1,16}")
_NAME = re.compile(r"[a-z]+(?:[._][a-z]+)*")
_STREAM = re.compile(r"([a-z]{1,16}):([1-9][0-9]{0,18})")
_MAX_NUMBER = 2**63 - 1
# What the protocol itself has taken.
_RESERVED = frozenset({"hello", "refresh", "pong", "sync", "watch"})


def split(stream: str) -> tuple[str, int] | None:
    """Prefix and number of a stream's name; None if it is none."""
    found = _STREAM.fullmatch(stream)
    if found is None or int(found[2]) > _MAX_NUMBER:
        return None
    return found[1], int(found[2])


def prefix_of(stream: str) -> str:
    """What a stream's name begins with."""
    return stream.partition(":")[0]


class Catalogue:
    """The parts of one process.

    Attributes:
        kinds: by prefix.
        operations: by name.
        types: what may stand in frames, in the order of the features.
    """

    def __init__(self, registry: Registry) -> None:
        """Takes all parts of the registry.

        Raises:
            RegistryError: a name that cannot stand in a frame, or that the protocol has taken.
        """
        self.kinds: Mapping[str, parts.StreamKind] = {kind.prefix: kind for kind in registry.all(parts.StreamKind)}
        self.operations: Mapping[str, parts.Op[Any, Any]] = {one.name: one for one in registry.all(parts.Op)}
        self.types = registry.all(parts.EventType)
        _refuse(_PREFIX, self.kinds, "prefix of streams")
        _refuse(_NAME, self.operations, "operation")
        _refuse(_NAME, [one.type for one in self.types], "type of entries")
        self._needed: dict[str, set[Permission]] = {kind.prefix: {kind.permission} for kind in self.kinds.values()}
        taken = sorted(_RESERVED & self.operations.keys())
        strange = sorted({one.prefix for one in self.types} - self.kinds.keys())
        if taken or strange:
            message = f"operations {taken} are the protocol's own; entries of unknown streams: {strange}"
            raise RegistryError(message)
        for one in self.types:
            if one.permission is not None:
                self._needed[one.prefix].add(one.permission)

    def readable(self, caller: auth_callers.Caller) -> frozenset[str]:
        """The prefixes of the streams that role and scopes let the caller read: all that is in them."""
        return frozenset(prefix for prefix, needed in self._needed.items() if all(map(caller.may, needed)))

    def kind_of(self, stream: str) -> tuple[parts.StreamKind, int] | None:
        """The kind of a stream, and its number; None if there is no such kind."""
        found = split(stream)
        kind = None if found is None else self.kinds.get(found[0])
        return None if kind is None or found is None else (kind, found[1])


def _refuse(form: re.Pattern[str], names: Iterable[str], what: str) -> None:
    for name in names:
        if not form.fullmatch(name):
            message = f"{name!r} cannot be the name of a {what}"
            raise RegistryError(message)
