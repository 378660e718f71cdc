"""What a username may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.auth import usernames
from src.auth.usernames import UsernameProblem

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("name", ["ada", "ab", "a" * 30, "x_1", "_ada_", "1984", "a_b_c"])
def test_good_names_pass(name: str) -> None:
    assert usernames.problem_with(name) is None


@pytest.mark.parametrize(
    "name",
    # The last three: a Cyrillic a, full width, umlauts.
    ["", "a", "a" * 31, "Ada", "ada l", "a-l", "a.l", "ada\n", "a\0", "__", "@ada", "\u0430da", "\uff41da", "\xe4" * 5],
)
def test_names_of_another_form_are_refused(name: str) -> None:
    assert usernames.problem_with(name) is UsernameProblem.FORM


@pytest.mark.parametrize(
    "name", ["admin", "me", "root", "api", "hearth", "v1", "deleted", "_admin_", "no_reply", "relationships"]
)
def test_the_servers_own_words_are_kept_back(name: str) -> None:
    assert usernames.problem_with(name) is UsernameProblem.RESERVED


@pytest.mark.parametrize("typed", ["ada", "Ada", "@ada", " ADA ", "@AdA"])
def test_a_name_is_found_however_it_is_typed(typed: str) -> None:
    assert usernames.normal(typed) == "ada"


def test_no_sign_of_another_script_becomes_a_letter() -> None:
    kelvin = "\N{KELVIN SIGN}en"
    assert usernames.normal(kelvin) == kelvin
    assert usernames.problem_with(usernames.normal(kelvin)) is UsernameProblem.FORM


@given(st.text())
def test_the_normal_form_is_stable(text: str) -> None:
    normal = usernames.normal(text)
    if usernames.problem_with(normal) is not UsernameProblem.FORM:
        assert usernames.normal(normal) == normal
        assert normal == normal.lower()


def test_each_problem_has_a_sentence() -> None:
    assert all(problem.message for problem in UsernameProblem)
