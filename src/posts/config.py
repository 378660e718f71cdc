"""Settings of posts."""

from pydantic import Field

from src.config import PackageSettings


class PostsSettings(PackageSettings):
    """From the environment."""

    # Characters as people count them (grapheme clusters); an address counts 23.
    post_max_length: int = Field(default=500, ge=1, le=5000)
