"""What is done for media from time to time. Stores are touched by tasks only; jobs queue them."""

from src.database import Database
from src.media import service_direct, service_processing


async def tidy(database: Database) -> None:
    """Takes up what was abandoned, lets go of what nobody used."""
    for step in (
        service_processing.take_up_abandoned,
        service_processing.discard_unattached,
        service_processing.queue_discard,
        service_direct.forget_expired,
    ):
        async with database.write() as session:
            await step(session)


async def sweep(database: Database) -> None:
    """Has files removed that no row refers to."""
    async with database.write() as session:
        await service_processing.queue_sweep(session)
