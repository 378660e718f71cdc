"""How links are told apart, and how cards are written out."""

import hashlib

from src.outbound import exceptions as outbound_exceptions
from src.outbound import guard
from src.previews import models, schemas
from src.previews.constants import MAX_URL, State


def normalised(url: str) -> str | None:
    """The form of a URL that all its spellings share, without the fragment; None for what is no URL."""
    try:
        text = str(guard.parsed_url(url).copy_with(fragment=None))
    except outbound_exceptions.AddressRefused:
        return None
    return text if len(text) <= MAX_URL else None


def digest(url: str) -> bytes:
    """The key of a normalised URL."""
    return hashlib.sha256(url.encode()).digest()


def card_read(card: models.LinkCard | None) -> schemas.CardRead | None:
    """The card as readers see it, if there is anything to see."""
    if card is None or card.state != State.READY or card.title is None:
        return None
    return schemas.CardRead.model_validate(card)
