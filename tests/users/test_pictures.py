"""The pictures that people show, in every author, and those that are drawn for whoever shows none."""

import xml.etree.ElementTree as ET
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.users import checks, generated
from src.users.constants import Place
from tests.hearth import Hearth, Person, problem
from tests.media import files
from tests.media.steps import upload, uploaded
from tests.posts.test_posts import write
from tests.users.steps import PAGE

JPEG = files.written(files.picture(), "JPEG")
CROP = {"left": 0.25, "top": 0.0, "width": 0.5, "height": 0.75}


async def show(person: Person, place: str, media_id: str, **fields: object) -> dict[str, Any]:
    """The picture as its owner sees it afterwards."""
    answer = await person.client.put(f"{PAGE}/me/pictures/{place}", json={"media_id": media_id, **fields})
    assert answer.status_code == 200, answer.text
    picture: dict[str, Any] = answer.json()[place]
    return picture


@pytest.mark.integration
async def test_a_picture_stands_in_every_author(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    before = await write(ada, "hello")
    assert before["author"]["picture"]["generated"]
    assert (await ada.client.get("/v1/timelines/home")).json()["items"][0]["post"] == before
    face, land = [await uploaded(hearth, ada, JPEG, alt_text=text) for text in ("A face.", "A hill.")]
    picture = await show(ada, "picture", face["id"], crop=CROP)
    assert picture == {
        "url": face["url"],
        "preview_url": face["preview_url"],
        "alt_text": "A face.",
        "blurhash": face["blurhash"],
        "crop": CROP,
        "generated": False,
    }
    header = await show(ada, "header", land["id"])
    assert (header["alt_text"], header["crop"]) == ("A hill.", None)
    after = await write(ada, "hello again")
    (await bob.client.post(f"/v1/posts/{before['id']}/like")).raise_for_status()
    (await ada.client.post(f"/v1/posts/{before['id']}/like")).raise_for_status()
    home = (await ada.client.get("/v1/timelines/home")).json()["items"]
    authors = [
        after["author"],
        *(item["post"]["author"] for item in home),
        (await hearth.client.get(f"/v1/posts/{before['id']}")).json()["author"],
        (await hearth.client.get(f"{PAGE}/ada")).json(),
        (await bob.client.get(f"/v1/posts/{before['id']}/likes")).json()["items"][0],
    ]
    assert len(authors) == 6
    assert [(author["picture"], author["header"]) for author in authors] == [(picture, header)] * 6
    assert (await hearth.client.get(picture["url"])).status_code == 200


@pytest.mark.integration
async def test_a_new_picture_takes_the_place_of_the_old_one(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    one, two = await uploaded(hearth, ada, JPEG), await uploaded(hearth, ada, JPEG)
    await show(ada, "picture", one["id"])
    # Another crop of the same.
    assert (await show(ada, "picture", one["id"], crop=CROP))["crop"] == CROP
    await show(ada, "picture", two["id"])
    assert (await ada.client.get(one["url"])).status_code == 404
    answer = await ada.client.delete(f"{PAGE}/me/pictures/picture")
    assert answer.json()["picture"]["generated"]
    assert (await ada.client.get(two["url"])).status_code == 404
    assert (await ada.client.delete(f"{PAGE}/me/pictures/picture")).status_code == 200


@pytest.mark.integration
async def test_what_cannot_be_shown_is_refused(hearth: Hearth) -> None:
    ada, eve = await hearth.account("ada"), await hearth.account("eve")
    item, raw = await uploaded(hearth, ada, JPEG), (await upload(ada, JPEG)).json()
    path = f"{PAGE}/me/pictures/picture"
    answer = await eve.client.put(path, json={"media_id": item["id"]})
    assert (answer.status_code, problem(answer)) == (422, "media_unknown")
    answer = await ada.client.put(path, json={"media_id": raw["id"]})
    assert (answer.status_code, problem(answer)) == (422, "picture_unfit")
    for crop in ({**CROP, "left": 0.6}, {**CROP, "width": 0}, {**CROP, "top": -0.1}):
        answer = await ada.client.put(path, json={"media_id": item["id"], "crop": crop})
        assert (answer.status_code, problem(answer)) == (422, "invalid_input")
    await show(ada, "header", item["id"])
    answer = await ada.client.put(path, json={"media_id": item["id"]})
    assert (answer.status_code, problem(answer)) == (409, "media_taken")
    # What was refused hangs on nothing.
    assert [found["id"] for found in (await ada.client.get("/v1/media")).json()["items"]] == [raw["id"]]


@pytest.mark.integration
async def test_another_text_of_the_item_is_told_in_the_author(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    await write(ada, "hello")
    item = await uploaded(hearth, ada, JPEG, alt_text="One.")
    await show(ada, "picture", item["id"], crop=CROP)
    await ada.client.patch(f"/v1/media/{item['id']}", json={"alt_text": "Two."})
    async with hearth.database.read() as session:
        assert await checks.pictures(session) == [f"account {ada.id}: its picture is not as it is told"]
    await hearth.settle()
    (shown,) = (await ada.client.get("/v1/timelines/home")).json()["items"]
    assert shown["post"]["author"]["picture"]["alt_text"] == "Two."
    assert shown["post"]["author"]["picture"]["crop"] == CROP
    async with hearth.database.read() as session:
        assert await checks.pictures(session) == []


@pytest.mark.integration
async def test_who_is_blocked_does_not_see_a_picture(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    item = await uploaded(hearth, ada, JPEG)
    url = (await show(ada, "picture", item["id"]))["url"]
    assert (await bob.client.get(url)).status_code == 200
    await ada.client.post(f"{PAGE}/bob/block")
    assert (await bob.client.get(url)).status_code == 404
    assert (await hearth.client.get(url)).status_code == 200


@pytest.mark.integration
async def test_a_drawn_picture_is_served_for_ever_and_runs_nothing(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    profile = (await hearth.client.get(f"{PAGE}/ada")).json()
    assert profile["picture"]["url"] != profile["header"]["url"]
    for place in Place:
        answer = await hearth.client.get(profile[place]["url"])
        assert answer.headers["content-type"] == "image/svg+xml"
        assert "immutable" in answer.headers["cache-control"]
        assert "sandbox" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.text == generated.draw(place, ada.id)


@pytest.mark.unit
@given(st.sampled_from(Place), st.integers(0, 2**63 - 1))
def test_a_drawn_picture_is_an_svg_and_always_the_same(place: Place, account_id: int) -> None:
    drawn = generated.draw(place, account_id)
    assert generated.draw(place, account_id) == drawn
    root = ET.fromstring(drawn)  # noqa: S314  it is our own
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert names <= {"svg", "path", "g", "circle"}
    assert len(drawn) < 2000


@pytest.mark.unit
def test_drawn_pictures_differ() -> None:
    for place in Place:
        assert len({generated.draw(place, account_id) for account_id in range(500)}) > 490
