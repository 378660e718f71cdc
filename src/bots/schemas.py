"""What clients send and get about bots."""

from typing import Annotated

from pydantic import ConfigDict, Field

from src.schemas import Input, Instant
from src.users import fields as users_fields
from src.users import schemas as users_schemas


class BotCreate(Input):
    """A new bot."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"username": "weather_bot", "display_name": "Weather"}]})

    username: users_fields.Username
    display_name: Annotated[users_fields.DisplayName | None, Field(description="Null: the username.")] = None


class BotUpdate(Input):
    """A change: what is absent stays."""

    display_name: users_fields.DisplayName = Field(default_factory=str)
    bio: users_fields.Bio = Field(default_factory=str)


class BotRead(users_schemas.Author):
    """A bot as its owner sees it."""

    bio: str
    is_suspended: Annotated[bool, Field(description="It cannot act, nor be given keys.")]
    created_at: Instant
