"""Tar archives that lie, and what of a tar is never followed."""

import gzip
import tarfile
from pathlib import Path

import pytest

from src.containers.constants import ErrorCode
from src.containers.entries import Limits
from src.mastodon_archive.reader import open_archive
from tests.mastodon_archive import archives
from tests.mastodon_archive.forms import FILES, MEBIBYTE, refusal, written

pytestmark = pytest.mark.unit


def test_zeros_after_the_end_of_a_tar_are_no_way_in(tmp_path: Path) -> None:
    bomb = gzip.compress(archives.tar_of(FILES) + bytes(64 * MEBIBYTE))
    assert refusal(written(tmp_path / "a.tgz", bomb)) == ErrorCode.ARCHIVE_BOMB


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (tarfile.SYMTYPE, ErrorCode.ARCHIVE_LINK),
        (tarfile.LNKTYPE, ErrorCode.ARCHIVE_LINK),
        (tarfile.CHRTYPE, ErrorCode.ARCHIVE_DEVICE),
        (tarfile.BLKTYPE, ErrorCode.ARCHIVE_DEVICE),
        (tarfile.FIFOTYPE, ErrorCode.ARCHIVE_DEVICE),
        (tarfile.CONTTYPE, ErrorCode.ARCHIVE_DEVICE),
        (tarfile.GNUTYPE_SPARSE, ErrorCode.ARCHIVE_DEVICE),
        (b"Z", ErrorCode.ARCHIVE_DEVICE),
    ],
)
def test_entries_of_a_tar_are_plain_files(kind: bytes, code: ErrorCode, tmp_path: Path) -> None:
    member = archives.tar_member("extra", type=kind, linkname="/etc/passwd")
    assert refusal(written(tmp_path / "a.tar", archives.tar_bytes([member]))) == code


def test_a_link_with_a_long_target_is_a_link(tmp_path: Path) -> None:
    member = archives.tar_member("extra", type=tarfile.SYMTYPE, linkname="x/" * 100)
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        path = written(tmp_path / "a.tar", archives.tar_bytes([member], form))
        assert refusal(path) == ErrorCode.ARCHIVE_LINK


def raw_header(kind: bytes, size: bytes, name: bytes = b"x") -> bytes:
    """A header of a tar archive with any size field, its checksum right."""
    block = bytearray(name.ljust(100, b"\0") + b"0000444\0" + b"0000000\0" * 2 + size + b"00000000000\0" + b" " * 8)
    block += kind + bytes(100) + b"ustar\x0000" + bytes(247)
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (raw_header(b"x", b"77777777777\0"), ErrorCode.ARCHIVE_CORRUPT),
        (raw_header(b"L", b"77777777777\0"), ErrorCode.ARCHIVE_CORRUPT),
        (raw_header(b"0", b"77777777777\0"), ErrorCode.ARCHIVE_CORRUPT),
        (raw_header(b"0", b"\x80" + b"\xff" * 11), ErrorCode.ARCHIVE_TOO_LARGE),
        (raw_header(b"0", b"\xff" * 12), ErrorCode.ARCHIVE_CORRUPT),
        (raw_header(b"0", b"-0000000001\0"), ErrorCode.ARCHIVE_CORRUPT),
        (raw_header(b"0", b"0x10\0\0\0\0\0\0\0\0"), ErrorCode.ARCHIVE_CORRUPT),
        (raw_header(b"5", b"00000000010\0", b"x/"), ErrorCode.ARCHIVE_CORRUPT),
        (raw_header(b"0", b"00000000000\0", b"\xff\xfe"), ErrorCode.ARCHIVE_CORRUPT),
        (raw_header(b"0", b"00000000000\0").replace(b"x", b"y", 1), ErrorCode.ARCHIVE_CORRUPT),
        (raw_header(b"x", b"00000000000\0") * 1_000, ErrorCode.ARCHIVE_CORRUPT),
        (raw_header(b"L", b"00000210000\0") + b"/" * 0o210000 + raw_header(b"0", b"0" * 12), ErrorCode.ARCHIVE_CORRUPT),
        (raw_header(b"0", b"00000000000\0") + b"y" * 512, ErrorCode.ARCHIVE_CORRUPT),
    ],
)  # fmt: skip
def test_headers_of_a_tar_are_not_believed(content: bytes, code: ErrorCode, tmp_path: Path) -> None:
    assert refusal(written(tmp_path / "a.tar", content)) == code


@pytest.mark.parametrize(
    ("kind", "records", "code"),
    [
        (b"x", b"12 path=/a/b\n", ErrorCode.ARCHIVE_CORRUPT),
        (b"x", b"13 path=/a/b\n", ErrorCode.ARCHIVE_UNSAFE_PATH),
        (b"x", b"14 path=/a/b\n", ErrorCode.ARCHIVE_CORRUPT),
        (b"x", b"0 path=/a/b\n", ErrorCode.ARCHIVE_CORRUPT),
        (b"x", b"-1 path=/a/b\n", ErrorCode.ARCHIVE_CORRUPT),
        (b"x", b"x" * 100, ErrorCode.ARCHIVE_CORRUPT),
        (b"x", b"11 size=-1\n", ErrorCode.ARCHIVE_CORRUPT),
        (b"x", b"27 size=999999999999999999\n", ErrorCode.ARCHIVE_TOO_LARGE),
        (b"x", b"22 GNU.sparse.major=1\n", ErrorCode.ARCHIVE_DEVICE),
        (b"g", b"11 path=ab\n", ErrorCode.ARCHIVE_CORRUPT),
        (b"L", b"../outside\0", ErrorCode.ARCHIVE_UNSAFE_PATH),
    ],
)
def test_records_of_a_tar_are_not_believed(kind: bytes, records: bytes, code: ErrorCode, tmp_path: Path) -> None:
    content = raw_header(kind, b"%011o\0" % len(records)) + records.ljust(512, b"\0")
    content += raw_header(b"0", b"00000000000\0") + bytes(1_024)
    assert refusal(written(tmp_path / "a.tar", content)) == code


def test_the_times_in_the_headers_of_gnu_are_no_part_of_the_path(tmp_path: Path) -> None:
    block = bytearray(raw_header(b"0", b"00000000000\0"))
    block[257:265] = b"ustar  \0"
    block[345:347] = b".."
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    with open_archive(written(tmp_path / "a.tar", bytes(block) + archives.tar_of(FILES))) as archive:
        assert archive.actor().username == "alice"


def test_many_folders_with_files_of_the_right_names_are_not_all_held(tmp_path: Path) -> None:
    contents = {f"{number}/actor.json": bytes(100_000) for number in range(40)}
    path = written(tmp_path / "a.tar", archives.tar_of(contents))
    assert refusal(path, Limits(small_files=2 * MEBIBYTE)) == ErrorCode.ARCHIVE_FILE_TOO_LARGE


def test_comments_for_the_whole_tar_are_passed_over(tmp_path: Path) -> None:
    record = b"19 comment=archive\n"
    content = raw_header(b"g", b"%011o\0" % len(record)) + record.ljust(512, b"\0") + archives.tar_of(FILES)
    with open_archive(written(tmp_path / "a.tar", content)) as archive:
        assert archive.actor().username == "alice"
