"""What clients send about e-mail addresses and the links that go there."""

from typing import Annotated, Self

from pydantic import Field

from src.auth.constants import LinkPurpose
from src.auth.schemas import Password
from src.schemas import Count, Input, Output, Text

# Whether it is somebody's, only a letter to it can show; the longest is that of RFC 5321.
Email = Annotated[Text, Field(max_length=254, pattern=r"^[^@\s]{1,64}@[^@\s]+$", examples=["ada@example.org"])]
_Token = Annotated[
    Text, Field(min_length=1, max_length=100, description="What stands behind the # of the link.", examples=["hthl_…"])
]


class EmailChange(Input):
    """The address to come."""

    email: Email


class LetterAsked(Output):
    """A letter comes, if there is somebody for whom it is."""

    good_for: Annotated[Count, Field(description="Seconds for which the link in it can be used.", examples=[3600])]

    @classmethod
    def about(cls, purpose: LinkPurpose) -> Self:
        """The answer to a wish for such a link; it depends on nothing else."""
        return cls(good_for=int(purpose.lifetime.total_seconds()))


class LinkUse(Input):
    """A link of a letter."""

    token: _Token


class PasswordResetAsked(Input):
    """Who has forgotten their password."""

    email: Email


class PasswordReset(Input):
    """A link of a letter, and the password to come."""

    token: _Token
    new_password: Password
