"""Zip archives that lie, and what of a zip is never read."""

import os
import stat
import zipfile
from pathlib import Path

import pytest

from src.containers.constants import ErrorCode
from src.containers.entries import Limits
from tests.mastodon_archive import archives
from tests.mastodon_archive.forms import FILES, MEBIBYTE, refusal, written

pytestmark = pytest.mark.unit


def zip_with(path: Path, name: str, **fields: object) -> Path:
    """An archive with one more entry, of whose header `fields` are attributes."""
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    for key, value in fields.items():
        setattr(info, key, value)
    with zipfile.ZipFile(archives.write_zip(path / "archive.zip", FILES), "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(info, b"x")
    return path / "archive.zip"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"external_attr": (stat.S_IFLNK | 0o777) << 16}, ErrorCode.ARCHIVE_LINK),
        ({"external_attr": (stat.S_IFIFO | 0o644) << 16}, ErrorCode.ARCHIVE_DEVICE),
        ({"external_attr": (stat.S_IFBLK | 0o644) << 16}, ErrorCode.ARCHIVE_DEVICE),
        ({"compress_type": zipfile.ZIP_BZIP2}, ErrorCode.ARCHIVE_METHOD_UNKNOWN),
        ({"compress_type": zipfile.ZIP_LZMA}, ErrorCode.ARCHIVE_METHOD_UNKNOWN),
    ],
)
def test_entries_of_a_zip_are_plain_files(fields: dict[str, object], code: ErrorCode, tmp_path: Path) -> None:
    assert refusal(zip_with(tmp_path, "extra", **fields)) == code


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    whole = bytearray(archives.write_zip(tmp_path / "a.zip", FILES).read_bytes())
    entry = whole.rindex(b"PK\x01\x02")
    whole[entry + 8] |= 1
    assert refusal(written(tmp_path / "encrypted.zip", bytes(whole))) == ErrorCode.ARCHIVE_ENCRYPTED


def test_the_same_path_twice_in_a_zip_is_refused(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = zip_with(tmp_path, "outbox.json")
    assert refusal(path) == ErrorCode.ARCHIVE_DUPLICATE_ENTRY


def test_a_name_that_ends_at_a_nul_for_some_is_refused(tmp_path: Path) -> None:
    whole = archives.write_zip(tmp_path / "a.zip", FILES | {"actor.jsonX.png": b"x"}).read_bytes()
    changed = whole.replace(b"actor.jsonX.png", b"actor.json\0.png")
    assert refusal(written(tmp_path / "nul.zip", changed)) == ErrorCode.ARCHIVE_UNSAFE_PATH


def test_a_bomb_that_lies_about_its_size_gives_no_more_than_it_says(tmp_path: Path) -> None:
    bomb = archives.write_zip(tmp_path / "a.zip", FILES | {"bookmarks.json": bytes(32 * MEBIBYTE)}).read_bytes()
    size = (32 * MEBIBYTE).to_bytes(4, "little")
    assert bomb.count(size) == 2
    assert refusal(written(tmp_path / "liar.zip", bomb.replace(size, (99).to_bytes(4, "little")))) in {
        ErrorCode.ARCHIVE_CORRUPT,
        ErrorCode.ARCHIVE_MALFORMED_FILE,
    }


def test_entries_that_share_their_data_are_refused(tmp_path: Path) -> None:
    """A central directory whose every entry names the same local file: quadratic unpacking from a small file."""
    whole = archives.write_zip(tmp_path / "a.zip", FILES | {"media_a": os.urandom(4_096)}).read_bytes()
    start, end = whole.rindex(b"PK\x01\x02"), whole.rindex(b"PK\x05\x06")
    entry = whole[start:end]
    copies = b"".join(entry.replace(b"media_a", b"media_%c" % letter) for letter in b"bcdefgh")
    ending = bytearray(whole[end:])
    count = int.from_bytes(ending[8:10], "little") + 7
    ending[8:12] = count.to_bytes(2, "little") * 2
    ending[12:16] = (int.from_bytes(ending[12:16], "little") + len(copies)).to_bytes(4, "little")
    assert refusal(written(tmp_path / "shared.zip", whole[:end] + copies + ending)) == ErrorCode.ARCHIVE_BOMB


@pytest.mark.parametrize(("count", "comment"), [(30_000, 0), (300_000, 0), (1_500, 60_000)])
def test_a_directory_of_too_many_entries_is_refused_before_they_are_made(
    count: int, comment: int, tmp_path: Path
) -> None:
    sizes = (1).to_bytes(2, "little") + bytes(2) + comment.to_bytes(2, "little")
    entry = b"PK\x01\x02" + bytes(24) + sizes + bytes(12) + b"x" + bytes(comment)
    ending = b"PK\x05\x06" + bytes(8) + (count * len(entry)).to_bytes(4, "little") + bytes(6)
    path = written(tmp_path / "many.zip", b"PK\x03\x04" + entry * count + ending)
    assert refusal(path, Limits(entries=20_000)) == ErrorCode.ARCHIVE_TOO_MANY_ENTRIES
