"""A process that kills itself at the worst moment: `python -m tests.events.victim MOMENT URL BOOTSTRAP PREFIX`."""

import asyncio
import os
import signal
import sys
from typing import NoReturn

from src.database import WriteSession
from src.events import queries
from src.events.backbone import backbone
from src.events.constants import Moment
from src.events.fetching import Fetcher
from src.events.handlers import Handler
from src.events.kafka import KafkaBus
from tests.events.brokers import PARTITIONS
from tests.events.parts import Rang, process, recorder, registry

# After the effect of this number's event, before its transaction ends.
FATAL = 2
EFFECT, MOVED, NOTED, SAVED = "effect", "moved", "noted", "saved"


def die() -> NoReturn:
    """Ends without a word."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


async def record_and_die(session: WriteSession, event: Rang) -> None:
    """The effect that is never committed."""
    await recorder("bells")(session, event)
    if event.number == FATAL:
        die()


async def main(moment: str, url: str, bootstrap: str, prefix: str) -> None:
    """Lives until then."""

    async def dying(*_arguments: object) -> None:
        die()

    run = record_and_die if moment == EFFECT else recorder("bells")
    if moment == MOVED:
        # The effect is there; its mark is about to be moved, which has to be the same transaction.
        queries.move = dying  # type: ignore[assignment]
    if moment == NOTED:
        Fetcher.note = dying  # type: ignore[assignment,method-assign]
    if moment == SAVED:
        KafkaBus._save = dying  # type: ignore[assignment,method-assign]
    used = backbone(prefix, {"bootstrap.servers": bootstrap}, **PARTITIONS)
    handlers = registry(bells=(Handler(Rang, run, when=Moment.AFTER),))
    async with process(url, handlers, backbone=used, consumes=moment != SAVED):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
