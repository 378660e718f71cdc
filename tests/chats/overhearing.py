"""What a house says in passing, heard before it goes to the other processes."""

import json
from collections.abc import Collection

from src.auth import callers as auth_callers
from src.feature import Role
from src.realtime import constants as realtime_constants
from src.realtime import hub as realtime_hub
from src.realtime import parts as realtime_parts
from tests.chats.steps import Shown
from tests.hearth import Hearth, Person

# Stream, type, contents, whose doing, and who may know.
Passed = list[tuple[str, str, Shown, int, Collection[int] | None]]


def hub_of(hearth: Hearth) -> realtime_hub.Hub:
    """Where the house tells streams."""
    hub = hearth.runtime.resources[realtime_constants.RESOURCE]
    assert isinstance(hub, realtime_hub.Hub)
    return hub


def overhear(hearth: Hearth) -> Passed:
    """What this process says to the others, from here on."""
    passed: Passed = []

    def note(stream: str, frame_type: str, data: bytes, by: int, ttl_ms: int, to: Collection[int] | None) -> None:
        assert ttl_ms > 0
        passed.append((stream, frame_type, json.loads(data), by, None if to is None else set(to)))

    hub_of(hearth).on_ephemeral = note
    return passed


def over_a_socket(hearth: Hearth, person: Person) -> realtime_parts.Operation:
    """The circumstances of a request that this person makes over a socket."""
    caller = auth_callers.Caller(person.id, person.session_id, Role.MEMBER)
    return realtime_parts.Operation(caller, hearth.database, {}, hub_of(hearth))
