"""Opening archives: what Mastodon writes is read in both formats, and what is hostile is refused for what it is."""

import gzip
import os
import tracemalloc
import zipfile
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from src.containers import exceptions
from src.containers.constants import ErrorCode
from src.containers.entries import Limits
from src.containers.exceptions import ArchiveRefused
from src.mastodon_archive import activities
from src.mastodon_archive.activities import Note, Skip, SkipReason
from src.mastodon_archive.constants import ErrorCode as MastodonErrorCode
from src.mastodon_archive.reader import open_archive
from tests.mastodon_archive import archives
from tests.mastodon_archive.archives import uri
from tests.mastodon_archive.forms import (
    FILES,
    MEBIBYTE,
    WRITERS,
    Writer,
    refusal,
    write_pax_tar,
    write_tar,
    write_tar_gz,
    write_zip,
    written,
)

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("write", WRITERS)
def test_an_archive_is_read_in_every_form_that_people_have_it_in(write: Writer, tmp_path: Path) -> None:
    with open_archive(write(tmp_path, FILES)) as archive:
        actor = archive.actor()
        assert actor.username == "alice"
        outbox = archive.outbox()
        assert outbox.total == 4
        items = list(activities.parse_outbox(outbox, actor))
        assert [item.text for item in items if isinstance(item, Note)] == ["First", "Third"]
        assert [item.reason for item in items if isinstance(item, Skip)] == [SkipReason.BOOST, SkipReason.MALFORMED]
        assert list(archive.likes()) == ["https://other.example/users/bob/statuses/1"]
        assert list(archive.bookmarks()) == [
            "https://other.example/users/bob/statuses/2",
            uri(1),
            "https://other.example/users/bob/statuses/3",
        ]
        assert list(archive.follows()) == ["bob@other.example"]
        assert list(archive.mutes()) == ["carl@other.example"]
        assert list(archive.blocks()) == ["dave@other.example"]
        assert len(list(archive.outbox())) == 4


@pytest.mark.parametrize("write", WRITERS)
def test_the_oldest_archives_have_only_actor_and_outbox(write: Writer, tmp_path: Path) -> None:
    contents = {name: FILES[name] for name in ("actor.json", "outbox.json")}
    with open_archive(write(tmp_path, contents)) as archive:
        assert len(list(archive.outbox())) == 4
        for absent in (archive.likes(), archive.bookmarks(), archive.follows(), archive.mutes(), archive.blocks()):
            assert list(absent) == []


@pytest.mark.parametrize("write", [write_zip, write_tar_gz])
def test_nothing_is_left_open_and_nothing_is_written(write: Writer, tmp_path: Path) -> None:
    path = write(tmp_path, FILES)
    with open_archive(path) as archive:
        iterator = iter(archive.outbox())
        next(iterator)
        assert _is_open(path)
    assert not _is_open(path)
    assert list(tmp_path.iterdir()) == [path]


def _is_open(path: Path) -> bool:
    """Whether this process has it open; what else it has is the business of other tests in it."""
    return str(path.resolve()) in {file.path for file in psutil.Process().open_files()}


@pytest.mark.parametrize("write", [write_zip, write_tar_gz])
def test_an_outbox_far_larger_than_memory_allows_is_streamed(write: Writer, tmp_path: Path) -> None:
    filler = os.urandom(900).hex()
    contents = archives.files([archives.create(archives.note(number, filler)) for number in range(8_000)])
    path = write(tmp_path, contents)
    del contents
    tracemalloc.start()
    try:
        with open_archive(path) as archive:
            assert sum(1 for _ in archive.outbox()) == 8_000
        assert tracemalloc.get_traced_memory()[1] < 12 * MEBIBYTE
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("write", [write_zip, write_tar_gz, write_tar])
@pytest.mark.parametrize(
    ("contents", "code"),
    [
        ({}, MastodonErrorCode.NOT_A_MASTODON_ARCHIVE),
        ({"a.txt": b"x"}, MastodonErrorCode.NOT_A_MASTODON_ARCHIVE),
        ({"outbox.json": FILES["outbox.json"]}, MastodonErrorCode.NOT_A_MASTODON_ARCHIVE),
        ({"actor.json": FILES["actor.json"]}, MastodonErrorCode.NOT_A_MASTODON_ARCHIVE),
        ({"a/outbox.json": b"", "b/outbox.json": b"", "a/actor.json": b""}, MastodonErrorCode.NOT_A_MASTODON_ARCHIVE),
        ({"a/b/outbox.json": b"", "a/b/actor.json": b""}, MastodonErrorCode.NOT_A_MASTODON_ARCHIVE),
        (FILES | {"actor.json": b"[]"}, ErrorCode.ARCHIVE_MALFORMED_FILE),
        (FILES | {"actor.json": b"{"}, ErrorCode.ARCHIVE_MALFORMED_FILE),
        (FILES | {"outbox.json": FILES["outbox.json"][:-5]}, ErrorCode.ARCHIVE_MALFORMED_FILE),
        (FILES | {"bookmarks.json": b"[]"}, ErrorCode.ARCHIVE_MALFORMED_FILE),
        (FILES | {"/etc/passwd": b"x"}, ErrorCode.ARCHIVE_UNSAFE_PATH),
        (FILES | {"../../outside": b"x"}, ErrorCode.ARCHIVE_UNSAFE_PATH),
        (FILES | {"a/../b": b"x"}, ErrorCode.ARCHIVE_UNSAFE_PATH),
        (FILES | {"a\\..\\b": b"x"}, ErrorCode.ARCHIVE_UNSAFE_PATH),
        (FILES | {"C:/b": b"x"}, ErrorCode.ARCHIVE_UNSAFE_PATH),
        (FILES | {"a\nb": b"x"}, ErrorCode.ARCHIVE_UNSAFE_PATH),
        (FILES | {"d/" * 40 + "x": b"x"}, ErrorCode.ARCHIVE_UNSAFE_PATH),
        (FILES | {"./outbox.json": b"x"}, ErrorCode.ARCHIVE_DUPLICATE_ENTRY),
        (FILES | {"a//b": b"x", "a/./b": b"x"}, ErrorCode.ARCHIVE_DUPLICATE_ENTRY),
    ],
)  # fmt: skip
def test_what_is_hostile_or_no_account_is_refused_in_both_formats(
    write: Writer, contents: dict[str, bytes], code: ErrorCode, tmp_path: Path
) -> None:
    expected = ErrorCode.ARCHIVE_FORMAT_UNKNOWN if not contents and write is not write_zip else code
    assert refusal(write(tmp_path, contents)) == expected


@pytest.mark.parametrize("write", [write_zip, write_tar_gz, write_tar])
@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(entries=5), ErrorCode.ARCHIVE_TOO_MANY_ENTRIES),
        (Limits(unpacked=3_000), ErrorCode.ARCHIVE_TOO_LARGE),
        (Limits(outbox=1_000), ErrorCode.ARCHIVE_FILE_TOO_LARGE),
        (Limits(small_files=500), ErrorCode.ARCHIVE_FILE_TOO_LARGE),
    ],
)
def test_limits_hold_in_both_formats(write: Writer, limits: Limits, code: ErrorCode, tmp_path: Path) -> None:
    assert refusal(write(tmp_path, FILES), limits) == code


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", ErrorCode.ARCHIVE_FORMAT_UNKNOWN),
        (b"{}", ErrorCode.ARCHIVE_FORMAT_UNKNOWN),
        (b"\x00" * 10_240, ErrorCode.ARCHIVE_FORMAT_UNKNOWN),
        (b"7z\xbc\xaf\x27\x1c" + b"x" * 1_000, ErrorCode.ARCHIVE_FORMAT_UNKNOWN),
        (gzip.compress(b'{"orderedItems":[]}' * 100, mtime=0), ErrorCode.ARCHIVE_FORMAT_UNKNOWN),
        (
            gzip.compress(gzip.compress(archives.tar_of(FILES), mtime=0) * 2, mtime=0),
            ErrorCode.ARCHIVE_FORMAT_UNKNOWN,
        ),
        (b"\x1f\x8b", ErrorCode.ARCHIVE_CORRUPT),
        (b"\x1f\x8b" + b"x" * 1_000, ErrorCode.ARCHIVE_CORRUPT),
        (b"PK\x03\x04", ErrorCode.ARCHIVE_CORRUPT),
        (b"PK\x03\x04" + b"x" * 1_000, ErrorCode.ARCHIVE_CORRUPT),
    ],
)
def test_other_files_are_refused_by_their_first_bytes(content: bytes, code: ErrorCode, tmp_path: Path) -> None:
    assert refusal(written(tmp_path / "archive.zip", content)) == code


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "absent", tmp_path / "pipe", Path("/dev/zero")):
        assert refusal(path) == ErrorCode.ARCHIVE_UNREADABLE


@pytest.mark.parametrize("write", [write_zip, write_tar_gz, write_tar])
def test_a_cut_or_changed_archive_is_refused(write: Writer, tmp_path: Path) -> None:
    whole = write(tmp_path, FILES).read_bytes()
    # A plain tar is padded with zeros to a whole record after its end.
    end = len(whole) if write is not write_tar else len(whole.rstrip(b"\0"))
    for length in range(600, end, end // 40):
        code = refusal(written(tmp_path / "cut", whole[:length]))
        assert code == ErrorCode.ARCHIVE_CORRUPT, length


def test_a_changed_content_is_found_by_its_checksum(tmp_path: Path) -> None:
    stored = tmp_path / "stored.zip"
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as archive:
        for name, content in FILES.items():
            archive.writestr(name, content)
    changed = stored.read_bytes().replace(b"Third", b"Thira")
    assert refusal(written(tmp_path / "changed.zip", changed)) == ErrorCode.ARCHIVE_CORRUPT
    packed = gzip.compress(archives.tar_of(FILES), 0).replace(b"Third", b"Thira")
    assert refusal(written(tmp_path / "changed.tgz", packed)) == ErrorCode.ARCHIVE_CORRUPT


@pytest.mark.parametrize("write", [write_zip, write_tar_gz])
def test_a_bomb_is_refused_before_it_unpacks(write: Writer, tmp_path: Path) -> None:
    path = write(tmp_path, FILES | {"media_attachments/zeros": bytes(64 * MEBIBYTE)})
    assert path.stat().st_size < MEBIBYTE
    assert refusal(path) == ErrorCode.ARCHIVE_BOMB


@pytest.mark.parametrize("write", [write_zip, write_tar_gz, write_pax_tar])
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0, 2**20), st.integers(0, 255)), min_size=1, max_size=6))
def test_whatever_bytes_are_changed_only_our_own_errors_come_out(
    write: Writer, tmp_path: Path, changes: list[tuple[int, int]]
) -> None:
    contents = {name: FILES[name] for name in ("outbox.json", "actor.json", "following_accounts.csv")}
    whole = bytearray(write(tmp_path, contents).read_bytes())
    for position, value in changes:
        whole[position % len(whole)] = value
    changed = written(tmp_path / "changed", bytes(whole))
    try:
        with open_archive(changed) as archive:
            archive.actor()
            list(archive.outbox())
            list(archive.follows())
    except ArchiveRefused:
        pass


def test_every_reason_has_a_code_of_its_own() -> None:
    classes = [
        each for each in vars(exceptions).values() if isinstance(each, type) and issubclass(each, ArchiveRefused)
    ]
    assert {each.code for each in classes} == set(ErrorCode)
    assert len(classes) == len(ErrorCode)
    assert len({each.detail for each in classes}) == len(ErrorCode)
