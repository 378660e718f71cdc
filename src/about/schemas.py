"""What admins send about this server."""

from typing import Annotated

from pydantic import AfterValidator, Field

from src.about import constants
from src.auth import config as auth_config
from src.schemas import Input, Text


def _trimmed(text: str) -> str:
    return text.strip()


_Name = Annotated[
    Text, AfterValidator(_trimmed), Field(min_length=1, max_length=constants.MAX_NAME, examples=["Elm Street"])
]
_Description = Annotated[
    Text, AfterValidator(_trimmed), Field(max_length=constants.MAX_DESCRIPTION, examples=["For our street."])
]
_Contact = Annotated[
    Text,
    AfterValidator(_trimmed),
    Field(max_length=constants.MAX_CONTACT, examples=["post@elm.example"], description="An address, a link, a name."),
]
_Rule = Annotated[
    Text, AfterValidator(_trimmed), Field(min_length=1, max_length=constants.MAX_RULE, examples=["Be kind."])
]


class ServerUpdate(Input):
    """What is absent stays as it is."""

    name: _Name = Field(default_factory=str)
    description: _Description = Field(default_factory=str)
    contact: _Contact = Field(default_factory=str)
    rules: Annotated[list[_Rule], Field(max_length=constants.MAX_RULES)] = Field(default_factory=list)
    registration: Annotated[
        auth_config.RegistrationMode | None, Field(description="Null: as the operator has set it (`REGISTRATION`).")
    ] = None
