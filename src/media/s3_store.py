"""Files in S3, or in whatever speaks its protocol."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path

import anyio

from src.aws import client as aws_client
from src.aws import exceptions as aws_exceptions
from src.media.constants import DIRECT_SECONDS, LINK_SECONDS, Delivery, StoreName
from src.media.directory_store import readable
from src.media.exceptions import MediaNotFound
from src.media.store import DirectForm, Stored


class S3Store:
    """See `store.Store`."""

    name = StoreName.S3

    def __init__(self, s3: aws_client.S3, delivery: Delivery) -> None:
        """Takes the process's client."""
        self.s3 = s3
        self._delivery = delivery

    async def keep(self, key: str, source: Path, content_type: str) -> None:
        """See `Store`."""
        await self.s3.put(_name(key), source, content_type)
        with readable():
            await anyio.Path(source).unlink()

    async def read(self, key: str, start: int, length: int) -> AsyncIterator[bytes]:
        """See `Store`."""
        try:
            async for piece in self.s3.get(_name(key), start, length):
                yield piece
        except aws_exceptions.ObjectMissing:
            raise MediaNotFound from None

    async def size(self, key: str) -> int:
        """See `Store`."""
        try:
            return await self.s3.size(_name(key))
        except aws_exceptions.ObjectMissing:
            raise MediaNotFound from None

    async def borrow(self, key: str, folder: Path) -> Path:
        """See `Store`: a copy."""
        target = folder / key
        size = await self.size(key)
        with readable():
            async with await anyio.open_file(target, "wb") as file:
                async for piece in self.read(key, 0, size):
                    await file.write(piece)
        return target

    async def forget(self, keys: Sequence[str]) -> None:
        """See `Store`."""
        await self.s3.delete([_name(key) for key in keys])

    async def listed(self) -> AsyncIterator[Stored]:
        """See `Store`."""
        async for found in self.s3.listed():
            yield Stored(found.key.rpartition("/")[2], found.bytes, found.changed_at)

    async def clear(self, before: datetime) -> None:
        """See `Store`."""
        await self.s3.abort_stale(before)

    def link(self, key: str, content_type: str, disposition: str) -> str | None:
        """See `Store`."""
        if self._delivery is Delivery.PROXY:
            return None
        return self.s3.link(_name(key), seconds=LINK_SECONDS, content_type=content_type, disposition=disposition)

    def form(self, key: str, most_bytes: int) -> DirectForm:
        """See `Store`; what the file is, is told by its content later."""
        made = self.s3.form(
            _name(key), seconds=DIRECT_SECONDS, most_bytes=most_bytes, content_type="application/octet-stream"
        )
        return DirectForm(made.url, made.fields)


def _name(key: str) -> str:
    return f"{key[:2]}/{key}"
