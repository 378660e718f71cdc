"""Settings from the environment and from the file `.env`; each package has its own class beside its code.

`of(Kind)` gives the process's instance of a settings class; `override` replaces fields for a test's duration.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TypeVar

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent

# The file that is read: a relative name means one of the repository, whatever folder a command is typed in. Set but
# empty it means none, for tests and benchmarks.
_NAMED = os.environ.get("HEARTH_ENV_FILE", ".env")
ENVIRONMENT_FILE = ROOT / _NAMED if _NAMED else None


_SSLMODE = re.compile(r"(?<=[?&])sslmode=")


class Environment(StrEnum):
    """Where this process runs; `production` refuses what is only fit for a laptop."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class PackageSettings(BaseSettings):
    """Base of every settings class: the environment wins over `.env` (another file: `HEARTH_ENV_FILE`)."""

    model_config = SettingsConfigDict(env_file=ENVIRONMENT_FILE, env_ignore_empty=True, extra="ignore", frozen=True)


class Settings(PackageSettings):
    """What the ground itself needs to know."""

    environment: Environment = Environment.PRODUCTION
    # Where everything is kept when no outer service is named: the embedded database, keys, media.
    data_directory: Path = Field(default=ROOT / "data", validation_alias="HEARTH_DATA")
    # A PostgreSQL of your own; unset, Hearth runs one inside the data directory.
    database_url: str | None = None
    # Connections of one process. A request waits `pool_timeout` seconds for one, then gets a 503.
    pool_size: int = Field(default=10, ge=2, le=200)
    pool_timeout: float = Field(default=2, gt=0, le=30)
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    tls_cert: Path | None = None
    tls_key: Path | None = None
    # The address that people use, for links in answers; unset, the one that the request names.
    hearth_url: str | None = None
    trusted_proxies: str = "127.0.0.1"
    # The names that this server is reached by; empty: the Host of a request is not checked.
    trusted_hosts: list[str] = []
    cors_origins: list[str] = []
    log_level: str = "INFO"
    # Requests a minute of each credential, and of each stranger's address; an address as a whole may do ten times
    # as many. 0: no limit, for a server that only its own people reach.
    rate_limit: int = Field(default=300, ge=0)
    # Strangers may read what is public; false shows them nothing but login, registration and health.
    public_read: bool = True

    @field_validator("database_url")
    @classmethod
    def _by_our_driver(cls, url: str | None) -> str | None:
        """The address as other programs write it, with the names that Hearth's driver uses."""
        scheme, mark, rest = (url or "").partition("://")
        # libpq's name for it is another one; the values are the same.
        ours = f"postgresql+asyncpg{mark}{_SSLMODE.sub('ssl=', rest)}"
        return ours if scheme in {"postgres", "postgresql"} else url


S = TypeVar("S", bound=PackageSettings)
_overridden: dict[type[PackageSettings], PackageSettings] = {}


@cache
def _loaded(kind: type[S]) -> S:
    return kind()


def of(kind: type[S]) -> S:
    """This process's settings of this class, read once."""
    current = _overridden.get(kind)
    return current if isinstance(current, kind) else _loaded(kind)


@contextmanager
def override(kind: type[S], **fields: object) -> Iterator[None]:
    """Replaces fields of one settings class for the length of the block; for tests and for `hearth serve`'s options."""
    before = _overridden.get(kind)
    _overridden[kind] = of(kind).model_copy(update=fields)
    try:
        yield
    finally:
        if before is None:
            del _overridden[kind]
        else:
            _overridden[kind] = before
