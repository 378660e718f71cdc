"""How people are written out for their readers, and how their names are read."""

from typing import Any

from sqlalchemy import Row

from src.media import utils as media_utils
from src.pagination import Page, Paging, Slice
from src.users import generated, models, queries, schemas
from src.users.constants import Place


def author(profile: models.Profile, username: str) -> schemas.Author:
    """What stands beside everything that this person wrote."""
    return schemas.Author(
        id=profile.account_id,
        username=username,
        display_name=profile.display_name,
        private=profile.private,
        is_bot=profile.is_bot,
        picture=_picture(profile, Place.PICTURE),
        header=_picture(profile, Place.HEADER),
    )


def profile_read(person: queries.Person) -> schemas.ProfileRead:
    """The profile as others see it."""
    return schemas.ProfileRead.model_validate(_shown(person))


def own_profile_read(person: queries.Person) -> schemas.OwnProfileRead:
    """The profile as its owner sees it."""
    profile = person.profile
    return schemas.OwnProfileRead.model_validate(
        _shown(person) | {"locale": profile.locale, "time_zone": profile.time_zone}
    )


def profiles_page(paging: Paging, rows: Slice[Row[Any]]) -> Page[schemas.ProfileRead]:
    """The answer of a list of people whose rows begin as those of `queries.people`."""
    return paging.page(rows, [profile_read(queries.person_of(row)) for row in rows.rows])


def typed_name(text: str) -> str:
    """A name as somebody types it, in the form in which names are compared: with or without @, in any case."""
    return " ".join(text.split()).removeprefix("@").lower()


def _picture(profile: models.Profile, place: Place) -> schemas.PictureRead:
    shown: models.ShownPicture | None = getattr(profile, place)
    if shown is None:
        path = generated.path_of(place, profile.account_id)
        return schemas.PictureRead(url=path, preview_url=path, alt_text=None, blurhash=None, crop=None, generated=True)
    crop = shown["crop"] and dict(zip(("left", "top", "width", "height"), shown["crop"], strict=True))
    url, preview_url = media_utils.addresses(int(shown["media_id"]))
    return schemas.PictureRead(
        url=url,
        preview_url=preview_url,
        alt_text=shown["alt_text"],
        blurhash=shown["blurhash"],
        crop=None if crop is None else schemas.CropRead.model_validate(crop),
        generated=False,
    )


def _shown(person: queries.Person) -> dict[str, object]:
    profile = person.profile
    return {
        "id": profile.account_id,
        "username": person.username,
        "display_name": profile.display_name,
        "private": profile.private,
        "is_bot": profile.is_bot,
        "picture": _picture(profile, Place.PICTURE),
        "header": _picture(profile, Place.HEADER),
        "bio": profile.bio,
        "links": profile.links,
        "followers_count": profile.followers_count,
        "following_count": profile.following_count,
        "created_at": profile.created_at,
    }
