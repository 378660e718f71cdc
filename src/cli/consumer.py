"""`hearth consumer`: the handlers behind Kafka, in as many processes as it takes."""

import asyncio
import logging
import signal
from types import FrameType

import typer

from src import logs
from src.cli import interrupts, opened
from src.cli.endings import Failure
from src.config import ROOT, Settings
from src.events import backbone as events_backbone
from src.events import exceptions as events_exceptions
from src.events import topics as events_topics
from src.features import FEATURES
from src.runtime import open_runtime

logger = logging.getLogger("hearth.consumer")


def consumer() -> None:
    """Do what follows from what people do, as told by Kafka, until told to stop. Several share the work."""
    settings = opened.settings()
    backbone = events_backbone.configured()
    if backbone is None:
        raise Failure("KAFKA_BOOTSTRAP_SERVERS is not set: without Kafka, `hearth serve` does this itself.")
    with logs.setup(ROOT / "logging.ini", environment=settings.environment, level=settings.log_level):
        asyncio.run(_consume(settings, backbone))


async def _consume(settings: Settings, backbone: events_backbone.Backbone) -> None:
    try:
        await asyncio.to_thread(events_topics.ensure, backbone)
    except events_exceptions.KafkaUnreachable as error:
        # It may come later; topics that are not as they have to be are not waited for.
        logger.warning("%s", error)
    async with open_runtime(settings, FEATURES, migrate=False) as runtime:
        stopped = _stopped()
        async with runtime.events.running(), runtime.events.consuming():
            names = ", ".join(sorted(runtime.events.subscriptions))
            typer.echo(f"Hearth's consumer works for {names}. Ctrl-C stops it.")
            await stopped.wait()


def _stopped() -> asyncio.Event:
    """Set when the process is told to stop, whatever way."""
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stopped.set)

    for number in (signal.SIGINT, *interrupts.STOPPING):
        interrupts.handle(number, stop)
    return stopped
