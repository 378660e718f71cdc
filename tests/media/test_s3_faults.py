"""S3 is down, slow, refuses us or answers by halves: uploads say so, nothing is torn, and all else goes on."""

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from src import clock
from src.aws import client as aws_client
from src.aws.config import AwsSettings
from src.config import Settings, override
from src.database import Database
from src.features import FEATURES
from tests.hearth import Hearth, opened, problem
from tests.listening import listening
from tests.media import files, s3
from tests.media.conftest import stored
from tests.media.steps import process, upload, uploaded

pytestmark = pytest.mark.integration

LATER = timedelta(hours=2)
JPEG = files.written(files.picture(), "JPEG")
Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Takes the connection and resets it."""
    writer.get_extra_info("socket").setsockopt(1, 13, struct.pack("ii", 1, 0))


async def say_nothing(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Reads for ever."""
    with suppress(ConnectionError):
        await reader.read(-1)


async def forbid(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Refuses whatever comes."""
    await reader.readuntil(b"\r\n\r\n")
    body = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>no</Message></Error>"
    head = b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/xml\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    writer.write(head % len(body) + body)
    await writer.drain()


async def break_down(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Has an error of its own."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
    await writer.drain()


async def answer_by_half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Promises more than it sends."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b'HTTP/1.1 200 OK\r\nETag: "a"\r\nContent-Length: 1000\r\n\r\n<half')
    await writer.drain()


FAULTS = {"hang up": hang_up, "say nothing": say_nothing, "forbid": forbid, "500": break_down, "half": answer_by_half}


@asynccontextmanager
async def faulty(answer: Answer) -> AsyncIterator[str]:
    """The address of a server that does this to everybody."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        finally:
            writer.close()

    async with listening(serve) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
async def hearth(app: FastAPI, settings: Settings, database: Database, moto_address: str) -> AsyncIterator[Hearth]:
    """A house whose files are in S3."""
    with s3.used(moto_address):
        async with opened(app, settings, database, FEATURES) as house:
            yield house


def turn_to(hearth: Hearth, address: str, *, patience: float) -> aws_client.S3:
    """From now on S3 is there, with one attempt for each call; the client that spoke with the one before."""
    store = hearth.runtime.resources["media_stores"].current  # type: ignore[attr-defined]
    before: aws_client.S3 = store.s3
    settings = AwsSettings().model_copy(
        update={
            "s3_endpoint_url": address,
            "s3_access_key_id": SecretStr("hearth"),
            "s3_secret_access_key": SecretStr("hearth-secret"),
        }
    )
    # This client alone: the server that is well shares this process, so it, too, may be slow on a busy machine.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aws_client, "READ_SECONDS", patience)
        patch.setattr(aws_client, "ATTEMPTS", 1)
        store.s3 = aws_client.S3(settings, s3.BUCKET)
    return before


@pytest.mark.parametrize("name", FAULTS)
async def test_uploads_fail_clearly_and_everything_else_goes_on(
    hearth: Hearth, folder: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    ada = await hearth.account("ada")
    item = await uploaded(hearth, ada, JPEG)
    waiting = (await upload(ada, JPEG)).json()
    async with faulty(FAULTS[name]) as address:
        # Each of the others answers in some way, however late.
        good = turn_to(hearth, address, patience=0.3 if name == "say nothing" else 30)
        store = hearth.runtime.resources["media_stores"].current  # type: ignore[attr-defined]
        answer = await upload(ada, JPEG)
        assert (answer.status_code, problem(answer), answer.json()["retryable"]) == (503, "s3_unavailable", True)
        assert "Retry-After" in answer.headers
        said = "S3 refused PutObject: AccessDenied" if name == "forbid" else "S3 "
        assert [one for one in caplog.records if one.name == "hearth.aws" and one.getMessage().startswith(said)]
        assert problem(await ada.client.get(item["url"])) == "s3_unavailable"
        # The headers of a file, an item, a post: none of them asks S3.
        assert (await ada.client.head(item["url"])).status_code == 200
        assert (await ada.client.get(f"/v1/media/{item['id']}")).json()["state"] == "ready"
        assert (await ada.client.post("/v1/posts", json={"text": "All is well."})).status_code == 201
        body = {"text": "So are pictures.", "media_ids": [waiting["id"]]}
        assert (await ada.client.post("/v1/posts", json=body)).status_code == 201
        await process(hearth)
        assert (await ada.client.get(f"/v1/media/{waiting['id']}")).json()["state"] == "processing"
        assert (await ada.client.delete(f"/v1/media/{item['id']}")).status_code == 204
        store.s3.close()
        store.s3 = good
    assert stored(folder) == []
    # Nothing was lost: what could not be processed is, once S3 is back.
    await hearth.run_job("media.tidy", at=clock.now() + LATER)
    with clock.shifted(LATER):
        await process(hearth)
    found = (await ada.client.get(f"/v1/media/{waiting['id']}")).json()
    assert found["state"] == "ready"
    assert (await hearth.client.get(found["url"])).status_code == 200
    assert (await upload(ada, JPEG)).status_code == 202


async def test_a_store_that_is_no_longer_set_up_is_said_to_be_away(
    app: FastAPI, settings: Settings, database: Database, moto_address: str
) -> None:
    with s3.used(moto_address):
        async with opened(app, settings, database, FEATURES) as house:
            ada = await house.account("ada")
            item = await uploaded(house, ada, JPEG)
    with override(AwsSettings, s3_bucket_name=None):
        async with opened(app, settings, database, FEATURES) as house:
            headers = ada.headers
            assert problem(await house.client.get(item["url"], headers=headers)) == "media_store_unavailable"
