"""Files of every kind that a test may want to upload, made on the spot and made once."""

import functools
import io
import struct
import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageDraw

SECRET = b"51.5007 N 0.1246 W"


@functools.cache
def picture(width: int = 320, height: int = 200) -> Image.Image:
    """A picture whose corners differ: red in the upper left, blue in the lower right."""
    made = Image.new("RGB", (width, height), (240, 240, 240))
    draw = ImageDraw.Draw(made)
    draw.rectangle((0, 0, width // 4, height // 4), fill=(220, 20, 20))
    draw.rectangle((width * 3 // 4, height * 3 // 4, width, height), fill=(20, 20, 220))
    return made


def written(image: Image.Image, picture_format: str, **options: object) -> bytes:
    """A picture as a file."""
    out = io.BytesIO()
    image.save(out, picture_format, **options)
    return out.getvalue()


def with_secrets(picture_format: str, orientation: int = 6) -> bytes:
    """A picture that says where it was taken, in every way that its format knows, and lies on its side."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(0x8825)[29] = SECRET.decode()
    options: dict[str, object] = {"exif": exif}
    if picture_format in {"JPEG", "WEBP", "AVIF"}:
        options["xmp"] = b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"
    if picture_format == "JPEG":
        options["comment"] = SECRET
    return written(picture(), picture_format, **options)


@functools.cache
def animation(picture_format: str = "GIF", frames: int = 5) -> bytes:
    """A picture that moves."""
    made = [picture(64, 48).rotate(number * 20) for number in range(frames)]
    return written(made[0], picture_format, save_all=True, append_images=made[1:], duration=100, loop=0)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


@functools.cache
def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A PNG of a few kilobytes that would fill a gigabyte of memory."""
    row = bytes(width // 8 + 1)
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def many_frames(frames: int = 10_000) -> bytes:
    """A GIF of so many frames of one pixel."""
    head = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(6)
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return head + frame * frames + b"\x3b"


def made_by_ffmpeg(folder: Path, name: str, *arguments: str) -> bytes:
    """A film or a sound with a title that nobody should read."""
    path = folder / name
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-y",
        "-nostdin",
        *arguments,
        "-metadata",
        f"title={SECRET.decode()}",
        str(path),
    ]
    subprocess.run(command, check=True)
    return path.read_bytes()


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + name + content


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    while content:
        length = int.from_bytes(content[:4], "big")
        yield content[4:8], content[8:length]
        content = content[length:]


def film_bomb(sound: bytes, size: int, samples: int) -> bytes:
    """An MP4 whose samples all lie at the same place, so that a copy of it has so many times its bytes.

    Args:
        sound: an MP4 of one track, its index first.
        size: bytes of the one sample.
        samples: how often it is played.
    """
    tables = (
        (b"stts", struct.pack(">III", 1, samples, 1)),
        (b"stsc", struct.pack(">IIII", 1, 1, 1, 1)),
        (b"stsz", struct.pack(">II", size, samples)),
    )

    def rebuilt(name: bytes, content: bytes, place: int) -> bytes:
        if name in {b"moov", b"trak", b"mdia", b"minf"}:
            return _box(name, b"".join(rebuilt(*inner, place) for inner in _boxes(content)))
        if name != b"stbl":
            return b"" if name in {b"edts", b"udta"} else _box(name, content)
        chunks = b"stco", struct.pack(">I", samples) + struct.pack(">I", place) * samples
        described = next(_box(*inner) for inner in _boxes(content) if inner[0] == b"stsd")
        return _box(name, described + b"".join(_box(key, bytes(4) + value) for key, value in (*tables, chunks)))

    parts = dict(_boxes(sound))
    head, index = _box(b"ftyp", parts[b"ftyp"]), parts[b"moov"]
    place = len(head) + len(rebuilt(b"moov", index, 0)) + 8
    return head + rebuilt(b"moov", index, place) + _box(b"mdat", parts[b"mdat"][:200] + bytes(size - 200))
