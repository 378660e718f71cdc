"""The bytes of an item for whoever takes it along, after the moment in which it was found."""

from collections.abc import AsyncIterator

from src.database import Database
from src.exceptions import NotFound
from src.media import rendered, service
from src.media.models import MediaFile
from src.media.stores import Stores


async def read(database: Database, stores: Stores, file: MediaFile) -> AsyncIterator[bytes]:
    """The file's bytes, or those of what has been made of it since the snapshot; none if its owner has deleted it."""
    if file.variant == rendered.RAW:
        async with database.read() as session:
            original = rendered.Variant.ORIGINAL
            file = await service.find_file(session, media_id=file.media_id, variant=original) or file
    try:
        async for piece in stores.of(file.store).read(file.key, 0, file.bytes):
            yield piece
    except NotFound:
        return
