"""Settings of groups."""

from pydantic import Field

from src.config import PackageSettings


class GroupsSettings(PackageSettings):
    """From the environment."""

    group_max_members: int = Field(default=10_000, ge=2, le=100_000)
