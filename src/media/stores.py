"""The stores of this process: where new files go, and where those that are there already are found."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from src.aws import client as aws_client
from src.aws import config as aws_config
from src.config import Settings, of
from src.database import Database
from src.media.config import MediaSettings
from src.media.constants import StoreName
from src.media.directory_store import DirectoryStore
from src.media.exceptions import StoreUnavailable
from src.media.s3_store import S3Store
from src.media.store import Store


@dataclass(frozen=True)
class Stores:
    """Every store that is set up; found as `request.state.media_stores`.

    Attributes:
        current: where new files go.
        incoming: the folder of the local disk that uploads are written to first, whatever the store.
    """

    current: Store
    incoming: Path
    by_name: Mapping[StoreName, Store]

    def of(self, name: str) -> Store:
        """The store that holds a file.

        Raises:
            StoreUnavailable: it is not set up any more.
        """
        found = self.by_name.get(StoreName(name))
        if found is None:
            raise StoreUnavailable
        return found


def folder_of(settings: Settings) -> Path:
    """Where files on the local disk are."""
    return of(MediaSettings).media_directory or settings.data_directory / "media"


@asynccontextmanager
async def opened(settings: Settings, _database: Database) -> AsyncIterator[Stores]:
    """The stores of this process, with the one client of S3 if there is a bucket."""
    own, aws = of(MediaSettings), of(aws_config.AwsSettings)
    directory = DirectoryStore(folder_of(settings))
    found: dict[StoreName, Store] = {StoreName.DIRECTORY: directory}
    s3 = aws_client.S3(aws, aws.s3_bucket_name) if aws.s3_bucket_name is not None else None
    if s3 is not None:
        found[StoreName.S3] = S3Store(s3, own.media_delivery)
    try:
        yield Stores(found[own.media_store], directory.incoming, found)
    finally:
        if s3 is not None:
            s3.close()
