"""Settings of archives."""

from pathlib import Path

from pydantic import Field

from src.config import PackageSettings

_MEBIBYTE = 2**20


class ArchivesSettings(PackageSettings):
    """From the environment."""

    # Where exports wait to be fetched and uploads to be imported; unset, `archives` in the data directory. Processes on
    # several machines share it.
    archives_directory: Path | None = None
    # The biggest file that may be sent to be imported.
    import_max_bytes: int = Field(default=4096 * _MEBIBYTE, ge=_MEBIBYTE)
