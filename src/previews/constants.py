"""The words and numbers of link cards."""

from datetime import timedelta
from enum import IntEnum
from typing import Final


class State(IntEnum):
    """What is known of a link, as stored."""

    ASKED = 1
    READY = 2
    # There is nothing to show: no page, no title, or a place where this server does not go.
    EMPTY = 3


FETCH_KIND: Final = "previews.fetch"

# A page that nobody has looked at for so long is fetched again when somebody shares it.
FRESH_FOR: Final = timedelta(days=7)
# A page that could not be had is asked for again after this time, and one whose fetching was lost.
TRY_AGAIN_AFTER: Final = timedelta(hours=1)
# A card that nothing shows any more is forgotten.
FORGET_AFTER: Final = timedelta(hours=1)
FORGET_SECONDS: Final = 3600
FORGET_BATCH: Final = 1000

FETCH_SECONDS: Final = 8.0
READ_SECONDS: Final = 3.0
# What a page says of itself stands at its beginning.
MAX_PAGE_BYTES: Final = 512 * 1024
MAX_URL: Final = 2048
MAX_TITLE: Final = 200
MAX_DESCRIPTION: Final = 500
MAX_SITE_NAME: Final = 100
MAX_METAS: Final = 500
# Of a page so many elements that matter are looked at, and so many characters of each.
MAX_ELEMENTS: Final = 2000
MAX_ELEMENT: Final = 8192
