"""What can go wrong with timelines.

NotFound ── ListExpired
"""

from src.exceptions import NotFound
from src.timelines.constants import ErrorCode


class ListExpired(NotFound):
    """A popular list is kept for ten minutes after its first page."""

    code = ErrorCode.LIST_EXPIRED
    detail = "This list is no longer kept; start again without a cursor."
