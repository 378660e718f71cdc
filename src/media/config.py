"""Settings of media."""

from pathlib import Path

from pydantic import Field, field_validator

from src.aws import config as aws_config
from src.config import PackageSettings, of
from src.media.constants import MEBIBYTE, Delivery, StoreName


class MediaSettings(PackageSettings):
    """From the environment."""

    # Where new files go; those that are there already are found in either place, and moved by `hearth media move`.
    media_store: StoreName = StoreName.DIRECTORY
    # Unset, `media` in the data directory. Uploads pass through it on their way to S3, too.
    media_directory: Path | None = None
    media_max_bytes: int = Field(default=100 * MEBIBYTE, ge=MEBIBYTE)
    media_max_image_bytes: int = Field(default=20 * MEBIBYTE, ge=1024)
    media_max_seconds: int = Field(default=1200, ge=1)
    # Of one person, and of all together; 0: no limit but the disk's.
    media_quota_bytes: int = Field(default=10_240 * MEBIBYTE, ge=0)
    media_server_quota_bytes: int = Field(default=0, ge=0)
    media_delivery: Delivery = Delivery.PROXY

    @field_validator("media_store")
    @classmethod
    def _has_bucket(cls, name: StoreName) -> StoreName:
        if name is StoreName.S3 and of(aws_config.AwsSettings).s3_bucket_name is None:
            message = "s3 needs S3_BUCKET_NAME too"
            raise ValueError(message)
        return name
