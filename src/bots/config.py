"""Settings of bots."""

from pydantic import Field

from src.config import PackageSettings


class BotsSettings(PackageSettings):
    """From the environment."""

    # 0: nobody makes any.
    bots_each: int = Field(default=5, ge=0, le=100)
