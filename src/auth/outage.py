"""Work that is tried again and again says once that it has begun to fail and once that it works again."""

import logging

from src.events import errors

logger = logging.getLogger("hearth.auth")


class Outage:
    """The state of one kind of work in this process.

    Attributes:
        began: the line when it begins to fail, followed by the error.
        ended: the line when it works again.
    """

    def __init__(self, *, began: str, ended: str) -> None:
        self.began = began
        self.ended = ended
        self._lasts = False

    def failed(self, error: Exception) -> None:
        """The work has just failed."""
        if not self._lasts:
            logger.warning("%s: %s", self.began, errors.described(error))
        self._lasts = True

    def worked(self) -> None:
        """The work has just been done."""
        if self._lasts:
            logger.info("%s", self.ended)
        self._lasts = False
