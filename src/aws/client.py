"""S3 over boto3: one client for the process, called in threads of a limiter of its own.

boto3's clients may be shared by threads (its sessions and resources may not), and making one takes a tenth of a second
and blocks, so it is made once, at the start. Keys stand in the path and signatures are of version 4: every compatible
service understands both.
"""

import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

import anyio
import boto3
from anyio import to_thread
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from src.aws.config import AwsSettings
from src.aws.constants import (
    AT_ONCE,
    ATTEMPTS,
    CHUNK_BYTES,
    CONNECT_SECONDS,
    MAX_DELETE,
    PART_BYTES,
    READ_SECONDS,
)
from src.aws.exceptions import ObjectMissing, S3Unavailable

logger = logging.getLogger("hearth.aws")

T = TypeVar("T")

_MISSING = frozenset({"404", "NoSuchKey", "NoSuchUpload", "NotFound"})


@dataclass(frozen=True)
class Object:
    """What S3 keeps under a key."""

    key: str
    bytes: int
    changed_at: datetime


@dataclass(frozen=True)
class PostForm:
    """A form that lets a browser send one file straight to S3: the fields first, then the file as `file`."""

    url: str
    fields: Mapping[str, str]


class _Body(Protocol):
    """The answer's body, as botocore hands it over."""

    def read(self, amt: int) -> bytes: ...

    def close(self) -> None: ...


class S3:
    """One bucket. Every method raises `S3Unavailable` when S3 is down, slow, refuses us or answers by halves."""

    def __init__(self, settings: AwsSettings, bucket: str) -> None:
        """Makes the client; nothing is sent yet."""
        key, secret = settings.s3_access_key_id, settings.s3_secret_access_key
        self._bucket = bucket
        self._prefix = settings.s3_prefix
        self._threads = anyio.CapacityLimiter(AT_ONCE)
        self._client = boto3.client(
            "s3",
            endpoint_url=settings.s3_endpoint_url,
            region_name=settings.s3_region,
            aws_access_key_id=None if key is None else key.get_secret_value(),
            aws_secret_access_key=None if secret is None else secret.get_secret_value(),
            config=Config(
                signature_version="s3v4",
                max_pool_connections=AT_ONCE,
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
                s3={"addressing_style": "path"},
                # Newer checksums are Amazon's alone; TLS and the signature of the body guard the way.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    async def put(self, key: str, source: Path, content_type: str) -> None:
        """Stores a file; it is there whole, or not at all. A big one goes up in parts, given up on any error."""
        size = (await anyio.Path(source).stat()).st_size
        if size > PART_BYTES:
            await self._put_parts(key, source, size, content_type)
            return
        body = await anyio.Path(source).read_bytes()
        await self._call(
            partial(
                self._client.put_object,
                Bucket=self._bucket,
                Key=self._prefix + key,
                Body=body,
                ContentType=content_type,
            )
        )

    async def _put_parts(self, key: str, source: Path, size: int, content_type: str) -> None:
        bucket, name = self._bucket, self._prefix + key
        begin = partial(self._client.create_multipart_upload, Bucket=bucket, Key=name, ContentType=content_type)
        upload_id = (await self._call(begin))["UploadId"]
        try:
            parts = [
                await self._put_part(name, upload_id, number, source, offset)
                for number, offset in enumerate(range(0, size, PART_BYTES), start=1)
            ]
            await self._call(
                partial(
                    self._client.complete_multipart_upload,
                    Bucket=bucket,
                    Key=name,
                    UploadId=upload_id,
                    MultipartUpload={"Parts": [{"PartNumber": n, "ETag": etag} for n, etag in parts]},
                )
            )
        except BaseException:
            # Its parts would be kept and paid for, and no listing of objects shows them.
            with anyio.CancelScope(shield=True):
                await self._abort(key, upload_id)
            raise

    async def _put_part(self, name: str, upload_id: str, number: int, source: Path, offset: int) -> tuple[int, str]:
        def send() -> str:
            with source.open("rb") as file:
                file.seek(offset)
                body = file.read(PART_BYTES)
            sent = self._client.upload_part(
                Bucket=self._bucket, Key=name, UploadId=upload_id, PartNumber=number, Body=body
            )
            return sent["ETag"]

        return number, await self._call(send)

    async def _abort(self, key: str, upload_id: str) -> None:
        """Gives up an upload; what cannot be given up now is by `abort_stale`."""
        try:
            await self._call(
                partial(
                    self._client.abort_multipart_upload,
                    Bucket=self._bucket,
                    Key=self._prefix + key,
                    UploadId=upload_id,
                )
            )
        except (S3Unavailable, ObjectMissing):
            return

    async def abort_stale(self, before: datetime) -> None:
        """Gives up uploads in parts that began before this instant: those of processes that died in the middle."""
        listed = await self._call(
            partial(self._client.list_multipart_uploads, Bucket=self._bucket, Prefix=self._prefix)
        )
        for upload in listed.get("Uploads", []):
            if upload["Initiated"] < before:
                await self._abort(upload["Key"].removeprefix(self._prefix), upload["UploadId"])

    async def get(self, key: str, start: int, length: int) -> AsyncIterator[bytes]:
        """The bytes from `start` on, in pieces.

        Raises:
            ObjectMissing: before the first piece.
            S3Unavailable: also in the middle, if fewer come than `length`.
        """
        if not length:
            return
        answer = await self._call(
            partial(
                self._client.get_object,
                Bucket=self._bucket,
                Key=self._prefix + key,
                Range=f"bytes={start}-{start + length - 1}",
            )
        )
        body: _Body = answer["Body"]
        try:
            while length > 0:
                wanted = min(CHUNK_BYTES, length)
                piece = await self._call(partial(body.read, wanted))
                if len(piece) < wanted:
                    raise S3Unavailable
                length -= len(piece)
                yield piece
        finally:
            # In this thread: it only gives the connection back, and an abandoned iterator may not wait.
            body.close()

    async def size(self, key: str) -> int:
        """The bytes of an object.

        Raises:
            ObjectMissing: there is none.
        """
        answer = await self._call(partial(self._client.head_object, Bucket=self._bucket, Key=self._prefix + key))
        return answer["ContentLength"]

    async def delete(self, keys: Sequence[str]) -> None:
        """Removes objects; one that is not there is fine."""
        for begin in range(0, len(keys), MAX_DELETE):
            batch = [self._prefix + key for key in keys[begin : begin + MAX_DELETE]]
            answer = await self._call(
                partial(
                    self._client.delete_objects,
                    Bucket=self._bucket,
                    Delete={"Objects": [{"Key": key} for key in batch], "Quiet": True},
                )
            )
            if any(error.get("Code") not in _MISSING for error in answer.get("Errors", [])):
                raise S3Unavailable

    async def listed(self) -> AsyncIterator[Object]:
        """Every object of ours."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix)
        waiting = iter(pages)
        while (page := await self._call(lambda: next(waiting, None))) is not None:
            for found in page.get("Contents", []):
                yield Object(found["Key"].removeprefix(self._prefix), found["Size"], found["LastModified"])

    def link(self, key: str, *, seconds: int, content_type: str, disposition: str) -> str:
        """An address that lets anybody read the object for so long; type and disposition are ours, whatever is stored.

        Nothing is sent: the signature is made here.
        """
        return self._client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": self._prefix + key,
                "ResponseContentType": content_type,
                "ResponseContentDisposition": disposition,
            },
            ExpiresIn=seconds,
        )

    def form(self, key: str, *, seconds: int, most_bytes: int, content_type: str) -> PostForm:
        """A form that takes one file of up to `most_bytes` bytes under this key for so long; S3 refuses others."""
        made = self._client.generate_presigned_post(
            self._bucket,
            self._prefix + key,
            Fields={"Content-Type": content_type},
            Conditions=[{"Content-Type": content_type}, ["content-length-range", 1, most_bytes]],
            ExpiresIn=seconds,
        )
        return PostForm(made["url"], made["fields"])

    def close(self) -> None:
        """Gives back its connections."""
        self._client.close()

    async def _call(self, function: Callable[[], T]) -> T:
        def run() -> T:
            with _readable():
                return function()

        return await to_thread.run_sync(run, limiter=self._threads)


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code")
        if code in _MISSING:
            raise ObjectMissing from error
        # People are told to try again; which key or bucket is wrong is for whoever runs Hearth to know.
        logger.warning("S3 refused %s: %s", error.operation_name, code)
        raise S3Unavailable from error
    except (BotoCoreError, HTTPError, OSError) as error:
        logger.warning("S3 did not answer: %s", type(error).__name__)
        raise S3Unavailable from error
