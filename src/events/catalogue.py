"""Who hears what: the registry's handlers, checked and laid out for each of the three moments."""

import re
from collections import defaultdict
from collections.abc import Iterator

from src.events.constants import Moment
from src.events.event import Event
from src.events.handlers import Handler, StreamEcho
from src.feature import Registry, RegistryError

_TYPE = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


class Catalogue:
    """The handlers of one process by moment and type of event.

    Attributes:
        classes: the event class of each type that somebody hears.
        within: WITHIN handlers by type.
        after: for each package its AFTER handlers by type; the package's name is its subscription's.
        everywhere: EVERYWHERE handlers by type.
        echoes: who hears of streams.
    """

    def __init__(self, registry: Registry) -> None:
        """Takes all handlers of the registry.

        Raises:
            RegistryError: a handler cannot work as declared.
        """
        self.classes: dict[str, type[Event]] = {}
        self.within: dict[str, list[Handler]] = defaultdict(list)
        self.after: dict[str, dict[str, list[Handler]]] = {}
        self.everywhere: dict[str, list[Handler]] = defaultdict(list)
        self.echoes = registry.all(StreamEcho)
        for feature, handler in registry.by_feature(Handler):
            for problem in _problems(handler):
                message = f"{feature}: {handler.name} {problem}"
                raise RegistryError(message)
            self._add(feature, handler)

    def _add(self, feature: str, handler: Handler) -> None:
        kind = handler.event.type
        known = self.classes.setdefault(kind, handler.event)
        if known is not handler.event:
            message = f"event type {kind} stands for {known.__qualname__} and {handler.event.__qualname__}"
            raise RegistryError(message)
        if handler.when is Moment.AFTER:
            self.after.setdefault(feature, {}).setdefault(kind, []).append(handler)
        else:
            (self.within if handler.when is Moment.WITHIN else self.everywhere)[kind].append(handler)

    def refuse_impostor(self, event: Event) -> None:
        """Makes sure that an event's handlers will get the class that they know.

        Raises:
            TypeError: two classes share one type.
        """
        if self.classes.get(event.type, type(event)) is not type(event):
            message = f"{type(event).__qualname__} has the type {event.type} of another class"
            raise TypeError(message)


def _problems(handler: Handler) -> Iterator[str]:
    kind = getattr(handler.event, "type", None)
    if not isinstance(kind, str) or not _TYPE.fullmatch(kind):
        yield f"hears {handler.event.__qualname__}, which has no type of the form `package.what_happened`"
    if handler.event.hot and handler.when is Moment.WITHIN:
        yield "is WITHIN, but the event's row is written by a statement of its own"
    if handler.waits is (handler.when is Moment.EVERYWHERE):
        yield "has to be async" if handler.when is not Moment.EVERYWHERE else "must not be async"
