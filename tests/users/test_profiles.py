"""Profiles over HTTP: one's own, other people's, and how they are found."""

import httpx

from src.config import Settings, override
from src.users import models, schemas
from tests.hearth import Hearth, Person, problem
from tests.users.steps import PAGE, suspend


async def version_of(hearth: Hearth, person: Person) -> int:
    async with hearth.database.read() as session:
        return (await session.get_one(models.Profile, person.id)).version


async def usernames(client: httpx.AsyncClient, **query: str | int) -> list[str]:
    response = await client.get(PAGE, params=query)
    assert response.status_code == 200, response.text
    return [person["username"] for person in response.json()["items"]]


async def test_a_profile_is_read_by_name_with_or_without_its_sign_in_any_case(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    for name in ("ada", "@ada", "ADA"):
        response = await hearth.client.get(f"{PAGE}/{name}")
        assert response.status_code == 200
        assert (response.json()["id"], response.json()["username"]) == (str(ada.id), "ada")


async def test_only_the_owner_is_shown_locale_and_time_zone(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    own, others = (await ada.client.get(f"{PAGE}/me")).json(), (await hearth.client.get(f"{PAGE}/ada")).json()
    assert own.keys() - others.keys() == {"locale", "time_zone"}
    assert "email" not in own
    assert others["created_at"].endswith("Z")


async def test_a_change_leaves_what_it_does_not_name(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    change = {"bio": "Engines.\r\nNotes.", "links": [{"label": "Home", "url": "https://example.org"}]}
    changed = (await ada.client.patch(f"{PAGE}/me", json=change)).json()
    assert changed["bio"] == "Engines.\nNotes."
    assert changed["links"] == [{"label": "Home", "url": "https://example.org/"}]
    after = (await ada.client.patch(f"{PAGE}/me", json={"time_zone": "Asia/Tokyo"})).json()
    assert after == changed | {"time_zone": "Asia/Tokyo"}
    assert (await ada.client.get(f"{PAGE}/me")).json() == after


async def test_null_and_what_is_not_theirs_to_choose_are_refused(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    before = (await ada.client.get(f"{PAGE}/me")).json()
    theirs = sorted(schemas.ProfileUpdate.model_fields)
    for name in [*theirs, "id", "username", "version", "followers_count", "role", "email"]:
        response = await ada.client.patch(f"{PAGE}/me", json={name: None if name in theirs else 1})
        assert response.status_code == 422
        assert response.json()["errors"][0]["loc"] == ["body", name]
    assert (await ada.client.get(f"{PAGE}/me")).json() == before


async def test_the_version_rises_with_what_readers_see(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    await ada.client.patch(f"{PAGE}/me", json={"bio": "Hello.", "private": True})
    assert await version_of(hearth, ada) == 2
    # Nothing new, and nothing that others see.
    await ada.client.patch(f"{PAGE}/me", json={"bio": "Hello.", "locale": "ru", "time_zone": "Asia/Tokyo"})
    await ada.client.patch(f"{PAGE}/me", json={})
    assert await version_of(hearth, ada) == 2


async def test_absent_blocked_and_suspended_look_the_same(hearth: Hearth) -> None:
    ada, bob, eve = await hearth.account("ada"), await hearth.account("bob"), await hearth.account("eve")
    await ada.client.post(f"{PAGE}/eve/block")
    await suspend(hearth, bob)
    answers = [await eve.client.get(f"{PAGE}/{name}") for name in ("nobody_here", "ada", "bob", "no-name")]
    assert {problem(answer) for answer in answers} == {"user_not_found"}
    assert {answer.status_code for answer in answers} == {404}
    without_request = {answer.text.replace(answer.json()["instance"], "") for answer in answers}
    assert len(without_request) == 1


async def test_who_blocks_somebody_still_finds_them(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    await hearth.account("eve")
    await ada.client.post(f"{PAGE}/eve/block")
    assert (await ada.client.get(f"{PAGE}/eve")).status_code == 200


async def test_people_are_found_by_the_beginning_of_their_names(hearth: Hearth) -> None:
    for name, display_name in (("ada", "Countess"), ("adam", "First"), ("grace", "Жюли 100%"), ("a_a", "x")):
        person = await hearth.account(name)
        await person.client.patch(f"{PAGE}/me", json={"display_name": display_name})
    assert await usernames(hearth.client, prefix="ad") == ["ada", "adam"]
    assert await usernames(hearth.client, prefix="@AD") == ["ada", "adam"]
    assert await usernames(hearth.client, prefix="жЮЛ") == ["grace"]
    assert await usernames(hearth.client, prefix="count") == ["ada"]
    assert await usernames(hearth.client, prefix="da") == []
    assert len(await usernames(hearth.client)) == 4


async def test_wildcards_are_ordinary_characters(hearth: Hearth) -> None:
    await hearth.account("ada")
    for prefix in ("%", "_", "a_", "\\", "a%"):
        assert await usernames(hearth.client, prefix=prefix) == []


async def test_a_search_leaves_out_the_suspended_and_those_behind_a_block(hearth: Hearth) -> None:
    ada, bob, eve = await hearth.account("ada"), await hearth.account("bob"), await hearth.account("eve")
    await ada.client.post(f"{PAGE}/eve/block")
    await suspend(hearth, bob)
    assert await usernames(ada.client) == ["ada"]
    assert await usernames(eve.client) == ["eve"]
    assert await usernames(hearth.client) == ["ada", "eve"]


async def test_a_search_pages_both_ways_without_a_hole(hearth: Hearth) -> None:
    eve = await hearth.account("eve")
    names = [f"p{number}" for number in range(7)]
    for name in names:
        person = await hearth.account(name)
        if name == "p3":
            await person.client.post(f"{PAGE}/eve/block")
    pages, cursor = [], ""
    while True:
        query = {"prefix": "p", "limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await eve.client.get(PAGE, params=query)).json()
        pages.append([person["username"] for person in page["items"]])
        if page["next"] is None:
            break
        cursor = page["next"]
    assert pages == [["p0", "p1"], ["p2", "p4"], ["p5", "p6"]]
    back = (await eve.client.get(PAGE, params={"prefix": "p", "limit": "2", "cursor": page["prev"]})).json()
    assert [person["username"] for person in back["items"]] == pages[1]


async def test_a_private_server_shows_strangers_nothing(hearth: Hearth) -> None:
    await hearth.account("ada")
    with override(Settings, public_read=False):
        for path in (PAGE, f"{PAGE}/ada", f"{PAGE}/nobody_here", f"{PAGE}/ada/followers"):
            assert (await hearth.client.get(path)).status_code == 401


async def test_without_signing_in_nobody_has_a_profile_of_their_own(hearth: Hearth) -> None:
    assert (await hearth.client.get(f"{PAGE}/me")).status_code == 401
    assert (await hearth.client.patch(f"{PAGE}/me", json={})).status_code == 401
