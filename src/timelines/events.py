"""What timelines tell themselves."""

from typing import ClassVar

from src.events import event as events


class SpreadDelayed(events.Event):
    """An entry has too many homes to go to for the transaction that made it."""

    type: ClassVar[str] = "timelines.spread_delayed"

    entry_id: int
    post_id: int
    source_id: int
    only: tuple[int, ...] | None
