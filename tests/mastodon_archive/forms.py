"""One archive in all the forms that people have it in, and what becomes of those that are refused."""

import gzip
import tarfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from src.containers.entries import Limits
from src.containers.exceptions import ArchiveRefused
from src.mastodon_archive.reader import open_archive
from tests.mastodon_archive import archives
from tests.mastodon_archive.archives import announce, create, files, note, picture, uri

MEBIBYTE = 2**20
Writer = Callable[[Path, dict[str, bytes]], Path]

OUTBOX = [
    create(note(1, "<p>First</p>")),
    announce(2),
    create(note(3, "<p>Third</p>", inReplyTo=uri(1), attachment=[picture()])),
    {"broken": True},
]
FILES = files(
    OUTBOX,
    following_accounts_csv=b"Account address,Show boosts,Notify on new posts,Languages\n@bob@other.example,true,,\n",
    muted_accounts_csv=b"Account address,Hide notifications\ncarl@other.example,true\n",
    blocked_accounts_csv=b"dave@other.example\n",
    bookmarks_csv=b"\n".join(f"https://other.example/users/bob/statuses/{each}".encode() for each in (2, 3)) + b"\nno",
)


def write_zip(path: Path, contents: dict[str, bytes]) -> Path:
    return archives.write_zip(path / "archive.zip", contents)


def written(path: Path, content: bytes) -> Path:
    """A file with this content."""
    path.write_bytes(content)
    return path


def write_tar_gz(path: Path, contents: dict[str, bytes]) -> Path:
    return written(path / "archive.tar.gz", gzip.compress(archives.tar_of(contents)))


def write_tar(path: Path, contents: dict[str, bytes]) -> Path:
    return written(path / "archive.tar", archives.tar_of(contents))


def write_gnu_tar(path: Path, contents: dict[str, bytes]) -> Path:
    folder = {f"./{'long-folder-' * 8}/": b"", f"./{'long-folder-' * 20}/x.png": b"x"}
    dotted = {f"./{name}": content for name, content in contents.items()}
    return written(path / "archive.tgz", gzip.compress(archives.tar_of(folder | dotted, tarfile.GNU_FORMAT)))


def write_pax_tar(path: Path, contents: dict[str, bytes]) -> Path:
    named = {"\u732b" * 60 + ".png": b"x", **contents}
    return written(path / "archive.tar", archives.tar_of(named, tarfile.PAX_FORMAT))


def write_repacked_zip(path: Path, contents: dict[str, bytes]) -> Path:
    inside = {f"archive-2022/{name}": content for name, content in contents.items()}
    rest = {"archive-2022/": b"", "__MACOSX/archive-2022/._outbox.json": b"x", "archive-2022/old/a/outbox.json": b"{}"}
    return archives.write_zip(path / "repacked.zip", rest | inside)


WRITERS = [write_zip, write_tar_gz, write_tar, write_gnu_tar, write_pax_tar, write_repacked_zip]


def refusal(path: Path, limits: Limits | None = None) -> str | None:
    """The code with which the archive is refused when all of it is read; memory stays small on the way."""
    code: str | None = None
    tracemalloc.start()
    try:
        with open_archive(path, limits or Limits()) as archive:
            archive.actor()
            list(archive.outbox())
            list(archive.bookmarks())
    except ArchiveRefused as error:
        code = error.code
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 24 * MEBIBYTE
    return code
