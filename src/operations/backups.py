"""A whole Hearth in one file: a tar with the database, the files of the data directory, and a list of both.

The list is the last member, so that a file that was cut off has none. What it says of every other member (size,
SHA-256) is compared before anything is restored.
"""

import hashlib
import io
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import IO, Literal

from pydantic import BaseModel, Field, ValidationError

from src import clock
from src.operations import dumps
from src.operations.exceptions import BackupRefused

_LIST = "hearth-backup.json"
_DATABASE = "database.dump"
_FILES = "files/"
# The embedded cluster is in the dump, the lock belongs to a process, and exports and uploads are of the day.
_LEFT_OUT = frozenset({"postgres", "serve.lock", "archives"})
# Uploads that are under way.
_DRAFTS = ("media", "incoming")
_BLOCK = 1 << 20


class Step(StrEnum):
    """What takes its time."""

    CHECK = "check"
    DATABASE = "database"
    FILES = "files"


Progress = Callable[[Step, int, int], None]


@dataclass(frozen=True)
class Source:
    """What is copied from, or filled: the database's address (of the embedded server or another) and the folder."""

    url: str
    data_directory: Path


class _Member(BaseModel):
    size: int = Field(ge=0)
    sha256: str


class _Contents(BaseModel):
    format: Literal[1] = 1
    made_at: str
    members: dict[str, _Member]


def write(target: Path, source: Source, progress: Progress) -> None:
    """Makes a backup beside a running server; the file has its name once it is whole, mode 0600.

    Raises:
        BackupRefused: there is such a file already, or it cannot be written where it shall be.
        DumpFailed: the database could not be read.
    """
    folder = target.absolute().parent
    if target.exists():
        raise BackupRefused(f"{target} is there already: choose another name, or move it away.")
    if folder.is_relative_to(source.data_directory.absolute()):
        raise BackupRefused(f"{target} would lie in the data directory itself: choose another folder.")
    try:
        # mkdtemp's mode is 0700.
        with tempfile.TemporaryDirectory(dir=folder, prefix=f".{target.name}-") as drafts:
            dump, draft = Path(drafts, _DATABASE), Path(drafts, "backup")
            dumps.dump(
                source.url,
                dump,
                progress=lambda done, total: progress(Step.DATABASE, done, total),
            )
            # After the database: a key is in its file before anything in the database needs it.
            _pack(draft, dump, source.data_directory, progress)
            draft.replace(target)
    except OSError as error:
        raise BackupRefused(f"{target} cannot be written ({error.strerror or error}).") from error


@contextmanager
def opened(file: Path, progress: Progress) -> Iterator["Backup"]:
    """The backup in this file, once all of it is known to be there.

    Raises:
        BackupRefused: it is none, or it is damaged.
    """
    with ExitStack() as stack:
        try:
            found = _checked(stack.enter_context(tarfile.open(file, "r:")), progress)
        except tarfile.TarError:
            raise BackupRefused(f"{file} is no backup of Hearth, or it is cut off.") from None
        except OSError as error:
            raise BackupRefused(f"{file} cannot be read ({error.strerror or error}).") from None
        yield found


class Backup:
    """A backup whose members are as its list says."""

    def __init__(self, archive: tarfile.TarFile, members: Mapping[str, tarfile.TarInfo]) -> None:
        self._archive = archive
        self._members = members

    def unpack_files(self, folder: Path, progress: Progress) -> None:
        """Writes the files of the data directory into this folder, for its owner alone."""
        names = [name for name in self._members if name.startswith(_FILES)]
        for number, name in enumerate(names, 1):
            self._unpack(name, folder / name.removeprefix(_FILES))
            progress(Step.FILES, number, len(names))

    def load(self, goal: Source, progress: Progress) -> None:
        """Fills the empty database.

        Raises:
            DumpFailed: it could not be filled; it is as it was.
        """
        with tempfile.TemporaryDirectory(dir=goal.data_directory, prefix=".restore-") as drafts:
            dump = Path(drafts, _DATABASE)
            self._unpack(_DATABASE, dump)
            dumps.load(
                goal.url,
                dump,
                progress=lambda done, total: progress(Step.DATABASE, done, total),
            )

    def _unpack(self, name: str, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as copy, _content(self._archive, self._members[name]) as content:
            shutil.copyfileobj(content, copy, _BLOCK)


def _pack(draft: Path, dump: Path, data_directory: Path, progress: Progress) -> None:
    files = {_FILES + path.relative_to(data_directory).as_posix(): path for path in _files_of(data_directory)}
    members: dict[str, _Member] = {}
    descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        with tarfile.open(fileobj=stream, mode="w") as archive:
            for number, (name, path) in enumerate({_DATABASE: dump, **files}.items()):
                members[name] = _add(archive, name, path)
                progress(Step.FILES, number, len(files))
            text = _Contents(made_at=clock.now().isoformat(), members=members).model_dump_json(indent=1).encode()
            last = _plain(_LIST, len(text))
            archive.addfile(last, io.BytesIO(text))
        stream.flush()
        os.fsync(stream.fileno())


def _files_of(data_directory: Path) -> Iterator[Path]:
    """All that belongs to a Hearth beside its database; hidden names are drafts and locks."""
    if not data_directory.is_dir():
        return
    for top in sorted(data_directory.iterdir()):
        if top.name in _LEFT_OUT or top.name.startswith("."):
            continue
        for path in (top, *sorted(top.rglob("*"))):
            if path.relative_to(data_directory).parts[:2] == _DRAFTS:
                continue
            if path.is_symlink():
                raise BackupRefused(f"{path} is a link, which a backup cannot hold: put there what it names.")
            if path.is_file():
                yield path


def _add(archive: tarfile.TarFile, name: str, path: Path) -> _Member:
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
        size = content.tell()
        content.seek(0)
        archive.addfile(_plain(name, size), content)
    return _Member(size=size, sha256=digest)


def _plain(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, 0o600, int(clock.now().timestamp())
    return member


def _checked(archive: tarfile.TarFile, progress: Progress) -> Backup:
    found = archive.getmembers()
    members = {member.name: member for member in found}
    last = members.pop(_LIST, None)
    if last is None or len(found) != len(members) + 1:
        raise BackupRefused(f"{archive.name!s} is no backup of Hearth, or it is cut off.")
    try:
        with _content(archive, last) as content:
            contents = _Contents.model_validate_json(content.read())
    except ValidationError:
        raise BackupRefused("The backup was made by a newer Hearth, or its list is damaged.") from None
    if contents.members.keys() != members.keys() or _DATABASE not in members:
        raise BackupRefused("The backup does not hold what its list names.")
    for number, (name, member) in enumerate(members.items(), 1):
        _check(archive, member, contents.members[name])
        progress(Step.CHECK, number, len(members))
    return Backup(archive, members)


def _check(archive: tarfile.TarFile, member: tarfile.TarInfo, listed: _Member) -> None:
    parts = PurePosixPath(member.name).parts
    safe = member.isreg() and ".." not in parts and (member.name == _DATABASE or member.name.startswith(_FILES))
    if not safe or parts[1:2] == ("postgres",):
        raise BackupRefused("The backup holds what no backup of Hearth does.")
    with _content(archive, member) as content:
        # What is no real file has no descriptor for hashlib.file_digest.
        digest = hashlib.sha256()
        while block := content.read(_BLOCK):
            digest.update(block)
    if member.size != listed.size or digest.hexdigest() != listed.sha256:
        raise BackupRefused(f"The backup is damaged: {member.name} is not as it was.")


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    content = archive.extractfile(member)
    if content is None:
        raise BackupRefused("The backup holds what no backup of Hearth does.")
    return content
