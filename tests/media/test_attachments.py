"""Items hang on one thing, once, and go with it."""

import asyncio
from pathlib import Path

import pytest

from src.media import service_attachments
from src.media.exceptions import MediaFailed, MediaTaken, MediaUnknown
from tests.hearth import Hearth, Person, problem
from tests.media import files
from tests.media.conftest import THING, stored
from tests.media.steps import attach, process, upload, uploaded

pytestmark = pytest.mark.integration

JPEG = files.written(files.picture(), "JPEG")


async def sent(person: Person) -> str:
    """An item that has not been processed yet."""
    media_id = (await upload(person, JPEG)).json()["id"]
    assert isinstance(media_id, str)
    return media_id


async def on(hearth: Hearth, *things: int) -> dict[int, list[str]]:
    """What hangs on these things."""
    async with hearth.database.read() as session:
        found = await service_attachments.on(session, kind=THING, ids=things)
    return {thing: [str(item.id) for item in items] for thing, items in found.items()}


async def test_items_hang_in_the_order_in_which_they_are_named(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    one, two, three = [await sent(ada) for _ in range(3)]
    await attach(hearth, ada, two, one, to_id=5)
    assert await on(hearth, 4, 5) == {5: [two, one]}
    await attach(hearth, ada, one, three, two, to_id=5)
    assert await on(hearth, 5) == {5: [one, three, two]}
    assert (await ada.client.get("/v1/media")).json()["items"] == []
    await process(hearth)
    assert (await ada.client.get(f"/v1/media/{one}")).json()["state"] == "ready"


async def test_only_its_owner_hangs_an_item_and_only_on_one_thing(hearth: Hearth) -> None:
    ada, eve = await hearth.account("ada"), await hearth.account("eve")
    one, other = await sent(ada), await sent(ada)
    for person, ids in ((eve, (one,)), (ada, (one, "12345")), (ada, (one, one))):
        with pytest.raises(MediaUnknown):
            await attach(hearth, person, *ids)
    await attach(hearth, ada, one, to_id=1)
    for kind, thing in ((THING, 2), ("other", 1)):
        with pytest.raises(MediaTaken):
            await attach(hearth, ada, other, one, kind=kind, to_id=thing)
    assert await on(hearth, 1, 2) == {1: [one]}
    broken = await uploaded(hearth, ada, JPEG[:500])
    with pytest.raises(MediaFailed):
        await attach(hearth, ada, broken["id"])


async def test_of_many_who_hang_an_item_at_once_one_does(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    ids = [await sent(ada) for _ in range(3)]

    async def claim(thing: int) -> int | None:
        order = ids if thing % 2 else ids[::-1]
        try:
            await attach(hearth, ada, *order, to_id=thing)
        except MediaTaken:
            return None
        return thing

    winners = [thing for thing in await asyncio.gather(*map(claim, range(1, 9))) if thing]
    assert len(winners) == 1
    assert {thing: len(found) for thing, found in (await on(hearth, *range(1, 9))).items()} == {winners[0]: 3}


async def test_what_hangs_is_deleted_with_its_thing_only(hearth: Hearth, folder: Path) -> None:
    ada = await hearth.account("ada")
    item, other = await uploaded(hearth, ada, JPEG), await uploaded(hearth, ada, JPEG)
    await attach(hearth, ada, item["id"], other["id"], to_id=3)
    assert problem(await ada.client.delete(f"/v1/media/{item['id']}")) == "media_attached"
    async with hearth.database.write() as session:
        await service_attachments.detach(session, from_kind=THING, from_id=3, ids=[int(other["id"])])
    assert await on(hearth, 3) == {3: [item["id"]]}
    async with hearth.database.write() as session:
        await service_attachments.discard(session, kind=THING, ids=[3])
    await process(hearth)
    assert problem(await ada.client.get(item["url"])) == "media_not_found"
    assert (await ada.client.get(other["url"])).status_code == 200
    assert len(stored(folder)) == 2


async def test_a_new_description_of_what_hangs_is_announced(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    item = await uploaded(hearth, ada, JPEG)
    path = f"/v1/media/{item['id']}"

    async def announced() -> list[dict[str, object]]:
        rows = await hearth.database.fetch("SELECT payload FROM outbox WHERE type = 'media.changed'", ())
        return [row[0] for row in rows]

    await ada.client.patch(path, json={"alt_text": "One."})
    assert await announced() == []
    await attach(hearth, ada, item["id"], to_id=9)
    assert (await ada.client.patch(path, json={"alt_text": "Two."})).json()["alt_text"] == "Two."
    assert len(await announced()) == 1
    rows = await hearth.database.fetch("SELECT count(*) FROM outbox WHERE type = 'media.ready'", ())
    assert rows[0][0] == 1
