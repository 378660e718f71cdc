"""What a file is, is told by its own first bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.media.formats import Format, Kind, told_by
from src.media.limits import HEAD_BYTES
from tests.media import files

pytestmark = pytest.mark.unit


def box(major: bytes, *compatible: bytes) -> bytes:
    """The first box of an ISO base media file."""
    content = b"ftyp" + major + b"\0\0\0\0" + b"".join(compatible)
    return (len(content) + 4).to_bytes(4, "big") + content + b"rest of the file"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        *((files.written(files.picture(), str(one).upper()), one) for one in Format if one.is_picture),
        (box(b"mif1", b"miaf", b"avif"), Format.AVIF),
        (box(b"mif1", b"heic"), None),
        (box(b"heic", b"avif"), None),
        (box(b"isom", b"iso2", b"mp41"), Format.MP4),
        (box(b"qt  "), Format.MP4),
        (box(b"M4A "), Format.M4A),
        (box(b"crx "), None),
        (b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webmB\x87", Format.WEBM),
        (b"\x1a\x45\xdf\xa3\xa3B\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x88matroska", None),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", Format.WAV),
        (b"RIFF\x00\x00\x00\x00AVI LIST", None),
        (b"ID3\x04", Format.MP3),
        (b"OggS\x00", Format.OGG),
        (b"fLaC\x00", Format.FLAC),
        (b"#EXTM3U\nhttp://169.254.169.254/", None),
        (b"ffconcat version 1.0\nfile /etc/passwd", None),
        (b"%!PS-Adobe", None),
        (b"BM", None),
        (b"II*\0", None),
        (b"", None),
    ],
)
def test_formats_are_told(head: bytes, expected: Format | None) -> None:
    assert told_by(head[:HEAD_BYTES]) is expected


@given(st.binary(max_size=64))
def test_anything_may_be_asked_about(head: bytes) -> None:
    assert told_by(head) in {*Format, None}


def test_every_format_has_a_kind_and_a_type() -> None:
    assert {one.kind for one in Format} == {Kind.IMAGE, Kind.VIDEO, Kind.AUDIO}
    assert all("/" in one.content_type for one in Format)
