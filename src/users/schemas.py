"""What clients send and get about people."""

from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from src.auth import schemas as auth_schemas
from src.schemas import Count, Finite, Flag, Id, Input, Instant, Output
from src.users import constants, fields

Share = Annotated[Finite, Field(ge=0, le=1, examples=[0.25])]


class Crop(Input):
    """The part of a picture that is shown, as shares of its width and height."""

    left: Share
    top: Share
    width: Annotated[Finite, Field(gt=0, le=1, examples=[0.5])]
    height: Annotated[Finite, Field(gt=0, le=1, examples=[0.5])]

    @model_validator(mode="after")
    def _inside(self) -> Self:
        # What sums of fractions are off by is no reason to refuse.
        if max(self.left + self.width, self.top + self.height) > 1 + 1e-6:
            raise PydanticCustomError("crop_outside", "The part reaches beyond the picture.")
        return self


class PictureUpdate(Input):
    """A picture for a profile; its alternative text is that of the media item."""

    media_id: Annotated[Id, Field(description="One's own upload, ready; or the one that is shown already.")]
    crop: Crop | None = None


class CropRead(Output):
    """The part of a picture that is shown, as shares of its width and height."""

    left: float
    top: float
    width: float
    height: float


class PictureRead(Output):
    """A picture of a person."""

    url: Annotated[str, Field(description="The path of the whole picture.")]
    preview_url: Annotated[str, Field(description="The path of a small one.")]
    alt_text: str | None
    blurhash: str | None
    crop: Annotated[CropRead | None, Field(description="Null: all of it.")]
    generated: Annotated[bool, Field(description="The person has chosen none; this is an SVG made of their id.")]


class Author(Output):
    """What stands beside everything that a person wrote."""

    id: Id
    username: str
    display_name: str
    private: bool
    is_bot: Annotated[bool, Field(description="A program, not a person.")]
    picture: PictureRead
    header: PictureRead


class ProfileLink(Input):
    """An address on a profile."""

    label: fields.LinkLabel
    url: fields.LinkUrl


class ProfileLinkRead(Output):
    """An address on a profile."""

    label: str
    url: str


class ProfileRead(Author):
    """A person as others see them."""

    bio: str
    links: list[ProfileLinkRead]
    followers_count: int
    following_count: int
    created_at: Instant


class OwnProfileRead(ProfileRead):
    """A person as they see themselves."""

    locale: str
    time_zone: str


class SignUp(Input):
    """Somebody new."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"username": "ada", "password": "correct horse battery staple"}]}
    )

    username: fields.Username
    password: fields.Password
    email: fields.Email | None = None
    display_name: Annotated[fields.DisplayName | None, Field(description="Null: the username.")] = None
    invitation: Annotated[fields.Invitation | None, Field(description="Where people come by invitation.")] = None


class SignedUp(Output):
    """Somebody new, already signed in."""

    profile: OwnProfileRead
    grant: auth_schemas.GrantRead


class ProfileUpdate(Input):
    """What is absent stays as it is; null is refused, for nothing here can be missing."""

    display_name: fields.DisplayName = Field(default_factory=str)
    bio: fields.Bio = Field(default_factory=str)
    links: Annotated[list[ProfileLink], Field(max_length=constants.MAX_LINKS)] = Field(default_factory=list)
    locale: fields.Locale = Field(default_factory=str)
    time_zone: fields.TimeZone = Field(default_factory=str)
    private: Flag = Field(default_factory=bool)


class Relationship(Output):
    """What the caller and a person are to each other. Who blocks the caller is never told."""

    id: Id
    following: bool
    requested: Annotated[bool, Field(description="The caller has asked to follow and is not yet accepted.")]
    followed_by: bool
    requested_by: bool
    blocking: bool
    muting: bool
    muting_until: Annotated[Instant | None, Field(description="When the mute ends; null: never, or there is none.")]


class MuteCreate(Input):
    """For how long; with neither, for ever."""

    minutes: Annotated[Count, Field(ge=1, le=constants.MAX_MUTE_MINUTES)] | None = None
    until: Instant | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.minutes is not None and self.until is not None:
            raise PydanticCustomError("two_ends", "Give either minutes or until.")
        return self


class MuteRead(Output):
    """Somebody whom the caller has muted."""

    user: Author
    until: Annotated[Instant | None, Field(description="Null: for ever.")]
