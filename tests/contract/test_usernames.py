"""No username is a word of the paths: it would stand in the way of a route, or a route in the way of the person."""

from collections.abc import Iterable

import pytest
from fastapi import FastAPI

from src.auth import usernames
from src.main import routes_of

pytestmark = pytest.mark.unit
_USERNAME = "{username}"


def words_beside_usernames(paths: Iterable[str]) -> set[str]:
    """The literal segments that stand where another path, equal up to there, has a username."""
    split = [path.split("/") for path in paths]
    places = {tuple(parts[:index]) for parts in split for index, part in enumerate(parts) if part == _USERNAME}
    return {
        part
        for parts in split
        for index, part in enumerate(parts)
        if tuple(parts[:index]) in places and not part.startswith("{")
    }


def test_every_word_that_stands_where_a_username_can_stand_is_kept_back(app: FastAPI) -> None:
    words = words_beside_usernames(str(route.path_format) for route in routes_of(app))
    assert "me" in words
    assert [word for word in sorted(words) if usernames.problem_with(word) is None] == []


def test_words_are_compared_place_by_place() -> None:
    paths = ["/users/{username}", "/users/me", "/users/me/friends/{username}", "/users/me/friends/new", "/posts/{id}"]
    assert words_beside_usernames(paths) == {"me", "new"}
