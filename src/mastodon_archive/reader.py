"""An archive as the importer sees it: opened safely, never unpacked to disk, its files by their meaning."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from src.containers import documents
from src.containers import entries as containers_entries
from src.containers import exceptions as containers_exceptions
from src.containers import opening as containers_opening
from src.mastodon_archive import activities, constants
from src.mastodon_archive.exceptions import NotMastodonArchive

_DEFAULT_LIMITS = containers_entries.Limits()


class Archive:
    """A Mastodon archive. All methods may be called in any order and repeatedly; absent files are empty.

    Raises:
        ArchiveRefused: from any method, when what it reads turns out to be damaged or malformed.
    """

    def __init__(self, container: containers_opening.Container, limits: containers_entries.Limits) -> None:
        self._container = container
        sizes = container.sizes()
        folder = _folder(sizes)
        known = constants.SMALL_FILES | {constants.OUTBOX}
        self._sizes = {name: sizes[folder + name] for name in known if folder + name in sizes}
        self._folder = folder
        small = sum(size for name, size in self._sizes.items() if name != constants.OUTBOX)
        if small > limits.small_files or self._sizes[constants.OUTBOX] > limits.outbox:
            raise containers_exceptions.ArchiveFileTooLarge

    def actor(self) -> activities.Actor:
        """Whose archive it is."""
        return activities.parse_actor(documents.read_object(self._open(constants.ACTOR)))

    def outbox(self) -> documents.Collection:
        """What the account did, oldest first, for `activities.parse_outbox`; read piece by piece while it is used."""
        return documents.Collection(self._open(constants.OUTBOX))

    def likes(self) -> Iterator[str]:
        """The addresses of the posts that the account liked."""
        return self._addresses(constants.LIKES)

    def bookmarks(self) -> Iterator[str]:
        """The addresses of the posts that the account bookmarked, each once."""
        listed = filter(activities.is_address, self._column(constants.BOOKMARKS_LIST))
        return iter(dict.fromkeys([*self._addresses(constants.BOOKMARKS), *listed]))

    def follows(self) -> Iterator[str]:
        """Whom the account follows, as `name@host` (or `name` alone for people on the account's own server)."""
        return self._people(constants.FOLLOWS)

    def mutes(self) -> Iterator[str]:
        """Whom the account mutes, as in `follows`."""
        return self._people(constants.MUTES)

    def blocks(self) -> Iterator[str]:
        """Whom the account blocks, as in `follows`."""
        return self._people(constants.BLOCKS)

    def file(self, path: str) -> containers_entries.Readable | None:
        """A file of a post, if it is there; `path` as in `Attachment`."""
        whole = self._folder + path
        return self._container.open(whole) if whole in self._container.sizes() else None

    def _open(self, name: str) -> containers_entries.Readable:
        return self._container.open(self._folder + name)

    def _addresses(self, name: str) -> Iterator[str]:
        items = documents.Collection(self._open(name)) if name in self._sizes else ()
        return (item for item in items if isinstance(item, str) and activities.is_address(item))

    def _column(self, name: str) -> Iterator[str]:
        if name not in self._sizes:
            return iter(())
        return documents.read_first_column(self._open(name))

    def _people(self, name: str) -> Iterator[str]:
        return (cell.removeprefix("@") for cell in self._column(name))


@contextmanager
def open_archive(
    path: Path, limits: containers_entries.Limits = _DEFAULT_LIMITS, spool: Path | None = None
) -> Iterator[Archive]:
    """The archive in this file, whatever its format; `spool` as in `open_container`.

    Raises:
        ArchiveRefused: one of its classes says why. Nothing of the archive has been written anywhere.
    """
    with containers_opening.open_container(path, limits, constants.SMALL_FILES, spool) as container:
        yield Archive(container, limits)


def _folder(paths: dict[str, int]) -> str:
    """Where the account's files are: at the top, or in the one folder that a repacked archive has at its top."""
    outboxes = [path for path in paths if path.split("/")[-1] == constants.OUTBOX and path.count("/") <= 1]
    folders = [path.removesuffix(constants.OUTBOX) for path in outboxes]
    folder = "" if "" in folders else folders[0] if len(folders) == 1 else None
    if folder is None or folder + constants.ACTOR not in paths:
        raise NotMastodonArchive
    return folder
