"""Rows of media: thumbnails against Pillow in a bare loop, up- and downloads against the same stream without Hearth."""

import asyncio
import socket
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from PIL import Image

from benchmarks import dataset, house, rows
from src.cpu.pool import CpuPool
from src.media import tasks
from src.media.limits import JPEG_QUALITY, SMALL_QUALITY, SMALL_SIDE

_PORT, _RAW_PORT = 8706, 8707
_PICTURES = 8
_ROUNDS = 5
_BYTES = 64 * 1024 * 1024
_HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
_AT_WORK = "SELECT count(*) FROM tasks WHERE state IN ('queued', 'running')"
_END = b"\r\n--x--\r\n"


async def measured() -> list[rows.Row]:
    """All rows."""
    return [await _thumbnails(), *await _streams()]


async def _thumbnails() -> rows.Row:
    """One core: a photograph of 12 megapixels becomes a clean one, a small one and a BlurHash."""
    noise = Image.effect_noise((500, 375), 60).convert("RGB")
    photograph = noise.resize((4000, 3000), Image.Resampling.BICUBIC)
    pool = CpuPool(1)
    ours, bare = [], []
    with tempfile.TemporaryDirectory(prefix="hearth-bench-") as name:
        source = Path(name) / "photograph.jpeg"
        photograph.save(source, quality=85)
        await _render(pool, source)
        for _ in range(_ROUNDS):
            begin = time.perf_counter()
            for _ in range(_PICTURES):
                _bare(source)
            middle = time.perf_counter()
            for _ in range(_PICTURES):
                await _render(pool, source)
            bare.append(_PICTURES / (middle - begin))
            ours.append(_PICTURES / (time.perf_counter() - middle))
    await pool.close()
    return rows.at_least(
        "thumbnails on one core, against Pillow in a loop", median(ours), "pictures/s", median(bare), 0.8
    )


async def _render(pool: CpuPool, source: Path) -> None:
    with tempfile.TemporaryDirectory(dir=source.parent) as folder:
        await pool.run(tasks.render_picture, str(source), folder, "jpeg")


def _bare(source: Path) -> None:
    """The same two files, by the library's own words for it."""
    with Image.open(source) as image:
        image.save(source.with_name("original.jpeg"), quality=JPEG_QUALITY)
        image.thumbnail((SMALL_SIDE, SMALL_SIDE), Image.Resampling.LANCZOS, reducing_gap=3.0)
        image.save(source.with_name("small.jpeg"), quality=SMALL_QUALITY)


async def _streams() -> list[rows.Row]:
    """Megabytes a second of one connection to a server on one core."""
    async with house.house() as place:
        await dataset.fill(place, 10)
        reader = await dataset.reader(place, "person100", 0)
        environment = {**place.environment(), "MEDIA_MAX_IMAGE_BYTES": str(2 * _BYTES), "MEDIA_QUOTA_BYTES": "0"}
        hearth = ["src", "serve", "--port", str(_PORT)]
        async with (
            house.serving(hearth, _PORT, "/health/live", environment),
            house.other(place, "benchmarks.raw_files_app:app", _RAW_PORT),
        ):
            # What is no picture behind its first bytes: the work behind an upload is another row's business.
            form = _HEAD + b"\xff\xd8\xff" + bytes(_BYTES) + _END
            up, raw_up = await _in_turn(
                place,
                lambda: _post(_PORT, "/v1/media", form, reader.token),
                lambda: _post(_RAW_PORT, "/file", form, reader.token),
            )
            path = await _ready(place, reader.account_id)
            down, raw_down = await _in_turn(
                place, lambda: _get(_PORT, path, reader.token), lambda: _get(_RAW_PORT, "/file", reader.token)
            )
    return [
        rows.at_least("upload, against the same form into a file", up, "MB/s", raw_up, 0.7),
        rows.at_least("download, against the same file sent", down, "MB/s", raw_down, 0.7),
    ]


async def _in_turn(place: house.House, one: Callable[[], float], other: Callable[[], float]) -> tuple[float, float]:
    ours, bare = [], []
    connection = await place.connect()
    for _ in range(_ROUNDS):
        bare.append(await asyncio.to_thread(other))
        ours.append(await asyncio.to_thread(one))
        while await connection.fetchval(_AT_WORK):  # noqa: ASYNC110  another process works
            await asyncio.sleep(0.05)
    await connection.close()
    return median(ours), median(bare)


async def _ready(place: house.House, owner_id: int) -> str:
    """Makes one of the uploads an item that can be fetched, as if it had been processed."""
    connection = await place.connect()
    try:
        media_id = await connection.fetchval("SELECT max(id) FROM media_items WHERE owner_id = $1", owner_id)
        key = "be" * 16
        target = place.folder / "media" / "files" / key[:2] / key
        target.parent.mkdir(mode=0o700, exist_ok=True)
        await asyncio.to_thread(target.write_bytes, bytes(_BYTES))
        await connection.execute(
            "INSERT INTO media_files (key, media_id, variant, store, content_type, bytes, sha256) "
            "VALUES ($1, $2, 'original', 'directory', 'image/jpeg', $3, $1)",
            key,
            media_id,
            _BYTES,
        )
        await connection.execute("UPDATE media_items SET state = 'ready', error = NULL WHERE id = $1", media_id)
    finally:
        await connection.close()
    return f"/v1/media/{media_id}/original"


def _post(port: int, path: str, body: bytes, token: str) -> float:
    """Megabytes a second of one upload."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n"
    head += f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port)) as connection:
        begin = time.perf_counter()
        connection.sendall(head.encode())
        connection.sendall(body)
        answer = connection.recv(4096)
        taken = time.perf_counter() - begin
    assert answer.startswith(b"HTTP/1.1 202"), answer[:200]
    return len(body) / taken / 1e6


def _get(port: int, path: str, token: str) -> float:
    """Megabytes a second of one download."""
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    came, buffer = 0, bytearray(1024 * 1024)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        begin = time.perf_counter()
        connection.sendall(head.encode())
        while size := connection.recv_into(buffer):
            came += size
        taken = time.perf_counter() - begin
    assert came > _BYTES, came
    return came / taken / 1e6
