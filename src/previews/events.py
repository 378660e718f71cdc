"""What happens to link cards, for whoever shows them."""

from typing import ClassVar

from src.events import event as events


class CardChanged(events.Event):
    """What is shown of a link is another than before."""

    type: ClassVar[str] = "previews.card_changed"

    card_id: int
