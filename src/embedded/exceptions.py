"""The one error of the embedded PostgreSQL. It never becomes an answer over HTTP: it stops a start."""


class EmbeddedError(Exception):
    """The embedded server cannot be had; `str()` is one line that says why and how to go on."""

    def __init__(self, reason: str) -> None:
        super().__init__(" ".join(reason.split()))


class StillRecovering(EmbeddedError):
    """The server runs and replays its log after a crash; it goes on with that, and a later start finds it."""
