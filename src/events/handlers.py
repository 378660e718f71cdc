"""The part that a package hands over to hear of an event."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, TypeVar, overload

from src.database import WriteSession
from src.events.constants import Moment
from src.events.event import Event
from src.feature import Part

E = TypeVar("E", bound=Event)

# What a process holds in memory, by the names of the features' `Resource` parts.
Resources = Mapping[str, object]
Effect = Callable[[WriteSession, E], Awaitable[None]]
Echo = Callable[[E, Resources], None]


class Handler(Part):
    """`run` hears of each event of this class.

    WITHIN and AFTER: `async def run(session, event)`, on tables of its own package. An AFTER handler may be called
    more than once for an event, but what it wrote is committed once; a replayed dead letter comes late, so it looks at
    the present state rather than trusting the order. EVERYWHERE: `def run(event, resources)`, which must not wait: it
    touches a cache, or wakes a task of its resource.

    AFTER handlers of several events share a transaction; one that writes thousands of rows has it end with itself:
    `alone=True`.
    """

    @overload
    def __init__(
        self, event: type[E], run: Effect[E], when: Literal[Moment.WITHIN, Moment.AFTER], *, alone: bool = False
    ) -> None: ...

    @overload
    def __init__(self, event: type[E], run: Echo[E], when: Literal[Moment.EVERYWHERE]) -> None: ...

    def __init__(
        self, event: type[Event], run: Callable[..., Awaitable[None] | None], when: Moment, *, alone: bool = False
    ) -> None:
        """Takes the event's class, what is done and when."""
        self.event = event
        self.run = run
        self.when = when
        self.alone = alone

    @property
    def name(self) -> str:
        """The function, for messages."""
        return f"{self.run.__module__}.{self.run.__qualname__}"

    @property
    def key(self) -> str:
        """The same function twice for the same event and moment is a mistake."""
        return f"{getattr(self.event, 'type', self.event.__name__)} {self.when} {self.name} {id(self.run):x}"

    @property
    def waits(self) -> bool:
        """Whether the function is async, which EVERYWHERE must not be and the others must."""
        return inspect.iscoroutinefunction(self.run)

    async def effect(self, session: WriteSession, event: Event) -> None:
        """Runs a WITHIN or AFTER handler."""
        running = self.run(session, event)
        if running is not None:
            await running

    def echo(self, event: Event, resources: Resources) -> None:
        """Runs an EVERYWHERE handler."""
        self.run(event, resources)
