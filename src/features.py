"""The list: what this Hearth is made of. A new domain is one line here."""

from sqlalchemy import MetaData

from src.feature import Feature
from src.models import Base

FEATURES: tuple[Feature, ...] = ()


def metadata() -> MetaData:
    """All tables of all features (importing this module has loaded their models)."""
    return Base.metadata
