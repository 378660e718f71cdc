"""An upload on its way in: a form read piece by piece onto the disk, looked at by its first bytes, then kept.

FastAPI's own forms are read before anybody has asked who sends them, so this one is read here, behind the permission.
It costs a piece of memory, whatever its size; what is refused early is refused before the rest has come.
"""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import orjson
from anyio import to_thread
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from src import files, idempotency
from src.config import of
from src.exceptions import HearthError
from src.media import film
from src.media.config import MediaSettings
from src.media.constants import CHUNK_BYTES, StoreName
from src.media.directory_store import readable
from src.media.exceptions import FileMissing, MediaTooLarge, MediaTypeRefused, ToolsMissing
from src.media.formats import Format, told_by
from src.media.forms import Form
from src.media.limits import HEAD_BYTES
from src.media.schemas import MediaDetails
from src.media.store import Store, new_key
from src.media.stores import Stores


@dataclass
class Upload:
    """A file that is in a store, with what its form said. `kept` once a row refers to it."""

    key: str
    store: StoreName
    sent_format: Format
    bytes: int
    details: MediaDetails
    kept: bool = False


class _Intake:
    """The file of an upload on its way to the disk, refused as soon as its first bytes or its size show what it is."""

    def __init__(self, path: Path, digest: "hashlib._Hash | None" = None) -> None:
        with readable():
            self._spool = files.Spool(path, digest=digest)
        self._head = b""
        self._sent_format: Format | None = None

    async def take(self, pieces: list[bytes]) -> None:
        """The next bytes of the file."""
        size = self._spool.size + sum(map(len, pieces))
        if self._sent_format is None:
            self._head += b"".join(pieces)
            if len(self._head) >= HEAD_BYTES:
                self._sent_format = _format_of(self._head[:HEAD_BYTES])
        if self._sent_format is not None and size > most_bytes(self._sent_format):
            raise MediaTooLarge
        with readable():
            await self._spool.take(pieces)

    async def end(self) -> tuple[Format, int]:
        """Writes the rest; what it is, and its size."""
        if not self._spool.size:
            raise FileMissing
        if self._sent_format is None:
            self._sent_format = _format_of(self._head)
        with readable():
            await self._spool.end()
        return self._sent_format, self._spool.size

    def close(self) -> None:
        """Closes the file, whole or not."""
        self._spool.close()


def most_bytes(sent_format: Format) -> int:
    """How big a file of this format may be."""
    own = of(MediaSettings)
    return min(own.media_max_bytes, own.media_max_image_bytes) if sent_format.is_picture else own.media_max_bytes


@asynccontextmanager
async def received(request: Request, stores: Stores) -> AsyncIterator[Upload]:
    """The upload of a request, in the current store; removed again at the end unless it was `kept` by then.

    If what keeps it fails in the moment of its commit, nobody knows whether a row refers to it: it stays, and is swept
    away if none does.

    Raises:
        MediaTypeRefused, ToolsMissing, MediaTooLarge, FileMissing: the file is refused.
        MalformedBody, RequestValidationError: the form is.
        StorageFull, Unavailable: it cannot be stored.
    """
    async with _kept(stores, lambda path: _spooled(request, stores, path)) as upload:
        yield upload


@asynccontextmanager
async def brought(stores: Stores, read: Callable[[int], bytes], details: MediaDetails) -> AsyncIterator[Upload]:
    """The same for a file of an archive, which `read` gives in pieces: nobody trusts it more than an upload.

    Raises:
        MediaTypeRefused, ToolsMissing, MediaTooLarge, FileMissing: the file is refused.
        StorageFull, Unavailable: it cannot be stored.
    """
    async with _kept(stores, lambda path: _copied(read, stores, path, details)) as upload:
        yield upload


@asynccontextmanager
async def _kept(stores: Stores, spooled: Callable[[Path], Awaitable[Upload]]) -> AsyncIterator[Upload]:
    path = stores.incoming / new_key()
    try:
        upload = await spooled(path)
        await stores.current.keep(upload.key, path, upload.sent_format.content_type)
    finally:
        with suppress(FileNotFoundError):
            path.unlink()
    try:
        yield upload
    finally:
        if not upload.kept:
            # What cannot be removed now is swept away later.
            with suppress(HearthError):
                await stores.current.forget([upload.key])


async def looked_at(store: Store, key: str, details: MediaDetails) -> Upload:
    """An upload that is in a store already.

    Raises:
        MediaNotFound: nothing is there under this key.
        MediaTypeRefused, ToolsMissing, MediaTooLarge: the file is refused.
    """
    size = await store.size(key)
    head = b"".join([piece async for piece in store.read(key, 0, min(size, HEAD_BYTES))])
    found = _format_of(head)
    if size > most_bytes(found):
        raise MediaTooLarge
    return Upload(key, store.name, found, size, details)


def _format_of(head: bytes) -> Format:
    found = told_by(head)
    if found is None:
        raise MediaTypeRefused
    if not found.is_picture and not film.tools_are_there():
        raise ToolsMissing
    return found


async def _copied(read: Callable[[int], bytes], stores: Stores, path: Path, details: MediaDetails) -> Upload:
    intake = _Intake(path)
    try:
        while piece := await to_thread.run_sync(read, CHUNK_BYTES):
            await intake.take([piece])
        sent_format, size = await intake.end()
    finally:
        intake.close()
    return Upload(new_key(), stores.current.name, sent_format, size, details)


async def _spooled(request: Request, stores: Stores, path: Path) -> Upload:
    form = Form(request.headers.get("content-type", ""))
    # A repeated request is known by its content; who sends no key does not pay for that.
    digest = hashlib.sha256() if idempotency.HEADER in request.headers else None
    intake = _Intake(path, digest)
    try:
        async for piece in request.stream():
            await intake.take(form.feed(piece))
        form.end()
        sent_format, size = await intake.end()
    finally:
        intake.close()
    details = _details(form.fields)
    if digest is not None:
        digest.update(orjson.dumps(form.fields, option=orjson.OPT_SORT_KEYS))
        setattr(request.state, idempotency.STREAMED_DIGEST, digest.digest())
    return Upload(new_key(), stores.current.name, sent_format, size, details)


def _details(fields: Mapping[str, str]) -> MediaDetails:
    """What the form says, by the same rules as JSON; an empty field is one that was left out."""
    given: dict[str, object] = {name: value for name, value in fields.items() if value}
    focus = {axis: _number(fields[f"focus_{axis}"]) for axis in ("x", "y") if given.pop(f"focus_{axis}", None)}
    try:
        return MediaDetails.model_validate({**given, **({"focus": focus} if focus else {})})
    except ValidationError as error:
        # In the form the focus is two fields.
        found = error.errors(include_input=False, include_url=False)
        named = ({**one, "loc": ("body", "_".join(map(str, one["loc"])))} for one in found)
        raise RequestValidationError([*named]) from None


def _number(text: str) -> float | str:
    """What a form can only write as text; what is none stays text, and is refused as such."""
    try:
        return float(text)
    except ValueError:
        return text
