"""The part that a package hands over to hear of an event."""

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Literal, TypeVar, overload

from src.database import WriteSession
from src.events.constants import Moment
from src.events.event import Event
from src.feature import Part

E = TypeVar("E", bound=Event)

# What a process holds in memory, by the names of the features' `Resource` parts.
Resources = Mapping[str, object]
Effect = Callable[[WriteSession, E], Awaitable[None]]
EffectOfMany = Callable[[WriteSession, Sequence[E]], Awaitable[None]]
Echo = Callable[[E, Resources], None]
# The name of a stream and a number in it.
Place = tuple[str, int]


class Handler(Part):
    """`run` hears of each event of this class.

    WITHIN and AFTER: `async def run(session, event)`, on tables of its own package. An AFTER handler may be called
    more than once for an event, but what it wrote is committed once. A replayed dead letter comes late, and Kafka keeps
    the order of one actor or one stream only, so it looks at the present state rather than trusting the order.
    EVERYWHERE: `def run(event, resources)`, which must not wait: it touches a cache, or wakes a task of its resource.

    AFTER handlers of several events share a transaction; one that writes thousands of rows has it end with itself:
    `alone=True`. One that costs much less for many events than for each takes all that follow each other at once:
    `together=True`, `async def run(session, events)`; its package is called less often when there is much to hear.
    """

    @overload
    def __init__(
        self, event: type[E], run: Effect[E], when: Literal[Moment.WITHIN, Moment.AFTER], *, alone: bool = False
    ) -> None: ...

    @overload
    def __init__(
        self, event: type[E], run: EffectOfMany[E], when: Literal[Moment.AFTER], *, together: Literal[True]
    ) -> None: ...

    @overload
    def __init__(self, event: type[E], run: Echo[E], when: Literal[Moment.EVERYWHERE]) -> None: ...

    def __init__(
        self,
        event: type[Event],
        run: Callable[..., Awaitable[None] | None],
        when: Moment,
        *,
        alone: bool = False,
        together: bool = False,
    ) -> None:
        """Takes the event's class, what is done and when."""
        self.event = event
        self.run = run
        self.when = when
        self.alone = alone
        self.together = together

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

    async def effect(self, session: WriteSession, *heard: Event) -> None:
        """Runs a WITHIN or AFTER handler, on one event unless it takes many together."""
        for told in (heard,) if self.together else heard:
            running = self.run(session, told)
            if running is not None:
                await running

    def echo(self, event: Event, resources: Resources) -> None:
        """Runs an EVERYWHERE handler."""
        self.run(event, resources)


class StreamEcho(Part):
    """`run(stream, ev, resources)` hears in each process that a stream has an event of this number, of whatever type.

    As an EVERYWHERE handler it must not wait, and may miss one. It may hear of one twice, and in any order.
    """

    def __init__(self, run: Callable[[str, int, Resources], None]) -> None:
        """Takes what is called."""
        self.run = run

    @property
    def name(self) -> str:
        """The function, for messages."""
        return f"{self.run.__module__}.{self.run.__qualname__}"
