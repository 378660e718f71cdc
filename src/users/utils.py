"""How people are written out for their readers, and how their names are read."""

from typing import Any

from sqlalchemy import Row

from src.pagination import Page, Paging, Slice
from src.users import models, queries, schemas


def author(profile: models.Profile, username: str) -> schemas.Author:
    """What stands beside everything that this person wrote."""
    return schemas.Author(
        id=profile.account_id, username=username, display_name=profile.display_name, private=profile.private
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


def _shown(person: queries.Person) -> dict[str, object]:
    profile = person.profile
    return {
        "id": profile.account_id,
        "username": person.username,
        "display_name": profile.display_name,
        "private": profile.private,
        "bio": profile.bio,
        "links": profile.links,
        "followers_count": profile.followers_count,
        "following_count": profile.following_count,
        "created_at": profile.created_at,
    }
