"""Mastodon's CSV files: whom somebody follows, blocks and mutes, and what they keep, as far as it is here."""

from pathlib import Path

import pytest

from src.config import Settings, override
from tests.archives.test_archives_api import imported
from tests.hearth import Hearth
from tests.mastodon_archive.archives import uri
from tests.mastodon_archive.imports import bring, history, ids_of, zipped

pytestmark = pytest.mark.integration

URL = "https://hearth.example"


async def test_people_of_this_server_are_found_by_their_address(hearth: Hearth) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    carl = await hearth.account("carl", private=True)
    await hearth.account("dave")
    await carl.client.post("/v1/users/dave/block")
    follows = b"Account address,Show boosts\nbob@HEARTH.example,true\ncarl,false\nada\nx@y.example\nnobody\n"
    with override(Settings, hearth_url=URL):
        told = await imported(hearth, ada, "follows", follows)
        assert told["result"]["follows"] == {"new": 2, "known": 0, "skipped": {"not_permitted": 1, "elsewhere": 2}}
        told = await imported(hearth, ada, "mutes", b"Account address,Hide notifications\nbob@hearth.example,true\n")
        assert told["result"]["mutes"] == {"new": 1, "known": 0, "skipped": {}}
        told = await imported(hearth, ada, "blocks", b"dave@hearth.example\ndave\n")
        assert told["result"]["blocks"] == {"new": 1, "known": 1, "skipped": {}}
    relation = (await ada.client.get(f"/v1/users/relationships?ids={bob.id}")).json()[0]
    assert (relation["following"], relation["muting"]) == (True, True)
    asked = (await ada.client.get(f"/v1/users/relationships?ids={carl.id}")).json()[0]
    assert (asked["following"], asked["requested"]) == (False, True)


async def test_bookmarks_are_of_posts_that_one_may_see(hearth: Hearth, tmp_path: Path) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    await bring(hearth.database, zipped(tmp_path, history(2)), "ada")
    ids = []
    for visibility in ("public", "followers"):
        body = {"text": "Bob's", "visibility": visibility}
        ids.append((await bob.client.post("/v1/posts", json=body)).json()["id"])
    lines = [
        *(f"{URL}/users/bob/statuses/{id_}" for id_ in ids),
        uri(2),
        f"{URL}/users/bob/statuses/1",
        "https://x.example/1",
    ]
    with override(Settings, hearth_url=URL):
        told = await imported(hearth, ada, "bookmarks", "\n".join(lines).encode())
    assert told["result"]["bookmarks"] == {"new": 2, "known": 0, "skipped": {"elsewhere": 3}}
    items = (await ada.client.get("/v1/timelines/bookmarks")).json()["items"]
    assert {int(item["post"]["id"]) for item in items} == {int(ids[0]), (await ids_of(hearth, ada))[1]}


async def test_lists_have_no_counterpart(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    told = await imported(hearth, ada, "lists", b"Friends,bob@hearth.example\nFamily,carl@hearth.example\n")
    assert told["result"]["lists"] == {"new": 0, "known": 0, "skipped": {"no_counterpart": 2}}
