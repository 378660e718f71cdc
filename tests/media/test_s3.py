"""The whole way of a file where files are in S3: in through Hearth or past it, out through Hearth or past it."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from src.config import Settings
from src.database import Database
from src.features import FEATURES
from src.media.constants import Delivery
from src.media.stores import Stores
from tests.hearth import Hearth, opened, problem
from tests.media import files, s3
from tests.media.steps import process, upload, uploaded

pytestmark = pytest.mark.integration

JPEG = files.written(files.picture(), "JPEG")
# For one answer of an S3 server, in seconds: it shares a busy machine.
_PATIENCE = 60


@pytest.fixture(params=["proxy"])
def delivery(request: pytest.FixtureRequest) -> Delivery:
    """How files get to people."""
    return Delivery(request.param)


@pytest.fixture
async def hearth(
    app: FastAPI, settings: Settings, database: Database, s3_address: str, delivery: Delivery
) -> AsyncIterator[Hearth]:
    """A house whose files are in S3."""
    with s3.used(s3_address, media_delivery=delivery):
        async with opened(app, settings, database, FEATURES) as house:
            yield house


async def keys(hearth: Hearth) -> set[str]:
    """What is in the bucket."""
    stores = hearth.runtime.resources["media_stores"]
    assert isinstance(stores, Stores)
    return {file.key async for file in stores.current.listed()}


async def test_a_picture_goes_in_and_out_and_away(hearth: Hearth) -> None:
    ada, eve = await hearth.account("ada"), await hearth.account("eve")
    item = await uploaded(hearth, ada, JPEG)
    assert (item["state"], item["width"]) == ("ready", 320)
    assert len(await keys(hearth)) == 2
    whole = await ada.client.get(item["url"])
    part = await ada.client.get(item["url"], headers={"Range": "bytes=5-14"})
    assert (part.status_code, part.content) == (206, whole.content[5:15])
    assert whole.headers["content-security-policy"].startswith("sandbox")
    assert problem(await eve.client.get(item["url"])) == "media_not_found"
    await ada.client.delete(f"/v1/media/{item['id']}")
    await process(hearth)
    assert await keys(hearth) == set()


@pytest.mark.parametrize("delivery", ["redirect"], indirect=True)
async def test_a_file_may_be_fetched_from_s3_itself(hearth: Hearth) -> None:
    ada, eve = await hearth.account("ada"), await hearth.account("eve")
    item = await uploaded(hearth, ada, JPEG)
    answer = await ada.client.get(item["url"])
    assert answer.status_code == 307
    assert answer.headers["cache-control"] == "private, max-age=150"
    async with httpx.AsyncClient(timeout=_PATIENCE) as outside:
        fetched = await outside.get(answer.headers["location"])
        assert fetched.headers["content-type"] == "image/jpeg"
        assert fetched.headers["content-disposition"] == f'inline; filename="{item["id"]}-original.jpg"'
        assert fetched.content.startswith(b"\xff\xd8\xff")
        part = await outside.get(answer.headers["location"], headers={"Range": "bytes=0-2"})
        assert (part.status_code, part.content) == (206, b"\xff\xd8\xff")
    assert (await ada.client.head(item["url"])).status_code == 200
    assert problem(await eve.client.get(item["url"])) == "media_not_found"


async def send(form: dict[str, object], content: bytes) -> int:
    """Sends a file past Hearth, as a browser would."""
    fields = form["fields"]
    assert isinstance(fields, dict)
    async with httpx.AsyncClient(timeout=_PATIENCE) as outside:
        return (await outside.post(str(form["url"]), data=fields, files={"file": ("x", content)})).status_code


async def test_a_big_file_goes_past_hearth(hearth: Hearth, s3_address: str, moto_address: str) -> None:
    ada, eve = await hearth.account("ada"), await hearth.account("eve")
    form = (await ada.client.post("/v1/direct-uploads", json={"bytes": len(JPEG)})).json()
    finish = f"/v1/direct-uploads/{form['id']}/finish"
    assert problem(await ada.client.post(finish, json={})) == "media_not_found"
    if s3_address != moto_address:
        # Moto does not look at the range of lengths.
        assert await send(form, JPEG + b"x") >= 400
    assert await send(form, JPEG) < 300
    assert problem(await eve.client.post(finish, json={})) == "media_not_found"
    made = await ada.client.post(finish, json={"alt_text": "A flag."})
    assert (made.status_code, made.json()["state"]) == (202, "processing")
    assert problem(await ada.client.post(finish, json={})) == "media_not_found"
    await process(hearth)
    item = (await ada.client.get(f"/v1/media/{made.json()['id']}")).json()
    assert (item["state"], item["alt_text"]) == ("ready", "A flag.")
    assert len(await keys(hearth)) == 2


async def test_what_came_past_hearth_is_looked_at_all_the_same(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    form = (await ada.client.post("/v1/direct-uploads", json={"bytes": 1000})).json()
    await send(form, b"<!doctype html>")
    refused = await ada.client.post(f"/v1/direct-uploads/{form['id']}/finish", json={})
    assert problem(refused) == "media_type_refused"
    assert problem(await ada.client.post("/v1/direct-uploads", json={"bytes": 200_000_000})) == "media_too_large"


async def test_an_upload_that_is_refused_leaves_no_object(hearth: Hearth, folder: object) -> None:
    ada = await hearth.account("ada")
    assert (await upload(ada, JPEG, key="one")).status_code == 202
    before = await keys(hearth)
    assert problem(await upload(ada, JPEG + b"x", key="one")) == "idempotency_key_reused"
    assert problem(await upload(ada, b"nothing that is taken")) == "media_type_refused"
    assert await keys(hearth) == before
    assert folder is not None
