"""People are found although something is typed wrong, hashtags by their beginning."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.search.service_people import misspelt
from tests.hearth import Hearth, problem
from tests.search.steps import names, search, write

pytestmark = pytest.mark.integration

_NAMES = st.text(string.ascii_lowercase + "._ é+(", min_size=4, max_size=12).map(str.strip).filter(lambda t: len(t) > 3)


@pytest.mark.unit
@given(_NAMES, st.data())
def test_one_mistake_is_forgiven_and_two_are_not(name: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(name) - 1))
    sign = data.draw(st.sampled_from("xyz"))
    exchanged = name[:place] + name[place : place + 2][::-1] + name[place + 2 :]
    wrong = (
        name[:place] + sign + name[place:],
        name[:place] + sign + name[place + 1 :],
        name[:place] + name[place + 1 :],
    )
    for typed in (*wrong, exchanged, name):
        assert re.search(misspelt(typed), f"before {name} after"), typed
    # Two signs that no name has.
    assert not re.search(misspelt(f"99{name[2:]}"), f"before {name} after")


async def test_people_are_found_by_the_beginning_of_a_name_and_with_a_mistake(hearth: Hearth) -> None:
    ada = await hearth.account("ada_lovelace")
    for name in ("adam", "alexandra", "charles", "grace_hopper", "xada"):
        await hearth.account(name)
    await ada.client.patch("/v1/users/me", json={"display_name": "Countess  of Löve"})
    for typed, expected in {
        "ad": ["ada_lovelace", "adam"],
        "@ADA": ["ada_lovelace", "adam"],
        "adam": ["adam", "ada_lovelace"],
        "grase": ["grace_hopper"],
        "gracehopper": ["grace_hopper"],
        "grcae": ["grace_hopper"],
        "countes": ["ada_lovelace"],
        "cuontess": ["ada_lovelace"],
        "countess  of": ["ada_lovelace"],
        "daam": ["adam"],
        "love": ["ada_lovelace"],
        "alexanrda": ["alexandra"],
        "alexndr": ["alexandra"],
        "carles": ["charles"],
        "lexandra": ["alexandra"],
        "hopper": [],
        "zzzz": [],
        "%": [],
        "(((": [],
        "": [],
    }.items():
        assert await names(ada, typed) == expected, typed


async def test_people_come_in_pages_the_exact_ones_first(hearth: Hearth) -> None:
    ann = await hearth.account("ann")
    exact = [(await hearth.account(f"robert{n}")).username for n in range(3)]
    nearly = [(await hearth.account(name)).username for name in ("robbert", "roberd", "rohert")]
    page = await search(ann.client, "robert", "people", limit=4)
    last = await search(ann.client, "robert", "people", limit=4, cursor=page["next"])
    found = [item["username"] for item in page["items"] + last["items"]]
    assert (found, last["next"]) == ([*exact, *nearly], None)
    first = await search(ann.client, "robert", "people", limit=4, cursor=last["prev"])
    assert first["items"] == page["items"]


async def test_nobody_finds_whom_they_may_not_see(hearth: Hearth) -> None:
    ann, ben = await hearth.account("annabel"), await hearth.account("benjamin")
    await ben.client.post("/v1/users/annabel/block")
    assert (await names(ann, "benjamin"), await names(ann, "benjemin"), await names(ben, "anabel")) == ([], [], [])
    assert await names(ann, "anabel") == ["annabel"]


async def test_hashtags_are_found_by_their_beginning_the_last_used_first(hearth: Hearth) -> None:
    ann, ben = await hearth.account(), await hearth.account(private=True)
    for text in ("#tea #teapot", "#Team", "#tee", "#ЧАЙ"):
        await write(ann, text)
    await write(ben, "#teasecret")
    await write(ann, "#tea")
    for reader, typed, expected in (
        (ann, "tea", ["tea", "team", "teapot"]),
        (ann, "#TEA", ["tea", "team", "teapot"]),
        (ben, "tea", ["tea", "teasecret", "team", "teapot"]),
        (ann, "ча", ["чай"]),
        (ann, "x", []),
        (ann, "!", []),
    ):
        page = await search(reader.client, typed, "hashtags")
        assert [item["name"] for item in page["items"]] == expected, typed
    assert len((await search(ann.client, "tea", "hashtags", limit=2))["items"]) == 2


async def test_only_what_there_is_can_be_looked_for(hearth: Hearth) -> None:
    for parameters in ({"q": "a", "type": "planets"}, {"q": "a"}, {"type": "posts"}, {"q": "a" * 301, "type": "posts"}):
        assert problem(await hearth.client.get("/v1/search", params=parameters)) == "invalid_input"
    cursor = (await search(hearth.client, "x", "people"))["next"]
    assert cursor is None
    refused = await hearth.client.get("/v1/search", params={"q": "a", "type": "people", "cursor": "WyJuIiwxXQ"})
    assert problem(refused) == "invalid_input"
