"""The whole import of one archive: posts with their dates, bookmarks of them, follows, and the homes they belong to.

It is quiet: nobody is told of old posts. Each step is a row of short transactions, and each of them can be done again:
an import that was stopped anywhere is continued by the next one, which finds in the ledger what is here already.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from itertools import islice
from typing import TypeVar

from src.auth import models as auth_models
from src.mastodon_archive import activities, plain_text, reader, service
from src.mastodon_archive.activities import Note, Skip, SkipReason
from src.mastodon_archive.constants import MAX_URI_BYTES
from src.media import bringing as media_bringing
from src.media import schemas as media_schemas
from src.media import stores as media_stores
from src.media.constants import MAX_ALT_TEXT
from src.posts.constants import MAX_MEDIA
from src.restoring import Work
from src.timelines import service_arrivals as timelines_arrivals

_POSTS_AT_ONCE = 200
_FILES_AT_ONCE = 40
_BOOKMARKS_AT_ONCE = 500

T = TypeVar("T")


class Step(StrEnum):
    """What an import does, in this order."""

    POSTS = "posts"
    BOOKMARKS = "bookmarks"
    FOLLOWS = "follows"


@dataclass(frozen=True)
class Contents:
    """What an archive holds, after a look through all of it; whatever is damaged has been refused by then."""

    archive: reader.Archive
    actor: activities.Actor
    items: int
    bookmarks: Sequence[str]
    follows: Sequence[str]


@dataclass
class Report:
    """What became of an archive.

    Attributes:
        posts: written by this import.
        known: posts that an earlier import has written.
        skipped: items of the outbox that are not imported.
        media: pictures, videos and sounds of these posts.
        pictures: those that are left out: they are not in the archive, more than four of a post, or no files that this
            server takes.
        bookmarks: written by this import.
        bookmarks_known: written by an earlier one.
        bookmarks_elsewhere: bookmarks of posts that are not here.
        follows: people here whom the account follows or asks to follow now.
        follows_elsewhere: people who are not here.
    """

    posts: int = 0
    known: int = 0
    skipped: Counter[SkipReason] = field(default_factory=Counter)
    media: int = 0
    pictures: int = 0
    bookmarks: int = 0
    bookmarks_known: int = 0
    bookmarks_elsewhere: int = 0
    follows: int = 0
    follows_elsewhere: int = 0


def look_through(archive: reader.Archive) -> Contents:
    """Reads the whole archive once, before anything of it is written.

    Raises:
        ArchiveRefused: something in it is damaged or malformed.
    """
    return Contents(
        archive=archive,
        actor=archive.actor(),
        items=sum(1 for _ in archive.outbox()),
        bookmarks=list(archive.bookmarks()),
        follows=list(archive.follows()),
    )


async def run(
    work: Work, contents: Contents, *, account: auth_models.Account, hearth_url: str | None, stores: media_stores.Stores
) -> Report:
    """Imports an archive into an account.

    Args:
        work: who has it done; its database's events have to be stored, for the follows are new ones.
        contents: what `look_through` gave; the archive is still open.
        account: whose it becomes.
        hearth_url: where people reach this server; None: nobody in the archive can be meant to be here.
        stores: where media are kept.

    Raises:
        QuotaExceeded, StorageFull, Unavailable: there is no room for the media; what was written stays.
    """
    report = Report()
    await _import_posts(work, contents, account.id, stores, report)
    await _import_bookmarks(work, contents, account.id, report)
    await _import_follows(work, contents, account, hearth_url, report)
    await timelines_arrivals.fill_homes(work, account.id)
    return report


async def _import_posts(
    work: Work, contents: Contents, account_id: int, stores: media_stores.Stores, report: Report
) -> None:
    await work.progress(Step.POSTS, 0, contents.items)
    read = 0
    items = activities.parse_outbox(contents.archive.outbox(), contents.actor)
    for batch in _batches(items, _POSTS_AT_ONCE):
        notes = []
        for item in map(_storable, batch):
            if isinstance(item, Note):
                notes.append(item)
            else:
                report.skipped[item.reason] += 1
        for some in _few_files(notes):
            await _add_posts(work, contents.archive, account_id, stores, some, report)
        read += len(batch)
        await work.progress(Step.POSTS, read, contents.items)


async def _add_posts(
    work: Work, archive: reader.Archive, account_id: int, stores: media_stores.Stores, notes: list[Note], report: Report
) -> None:
    """Posts with their media: the files are stored first, and removed again if the posts are not written."""
    fresh = notes
    if any(note.attachments for note in notes):
        async with work.db.read() as session:
            fresh = await service.unknown(session, account_id=account_id, notes=notes)
    async with AsyncExitStack() as stack:
        media = {
            note.uri: await media_bringing.take(stack, stores, _files(archive, note))
            for note in fresh
            if note.attachments
        }
        bare = {note.uri for note in fresh if not note.text and not media[note.uri].uploads}
        async with work.write() as session:
            added = await service.add_posts(
                session, account_id=account_id, notes=[note for note in notes if note.uri not in bare], media=media
            )
    report.posts += added
    report.known += len(notes) - len(bare) - added
    report.skipped[SkipReason.ONLY_MEDIA] += len(bare)
    report.media += sum(len(taken.uploads) for taken in media.values())
    report.pictures += sum(
        len(note.attachments) - len(media[note.uri].uploads) for note in fresh if note.uri in media.keys() - bare
    )


def _files(archive: reader.Archive, note: Note) -> list[media_bringing.Brought]:
    """The files of a post with what is said of them; no more than a post has here."""
    found = []
    for attachment in note.attachments[:MAX_MEDIA]:
        focus = (
            None
            if attachment.focal_point is None
            else media_schemas.Focus(x=attachment.focal_point[0], y=attachment.focal_point[1])
        )
        alt_text = (attachment.description or "")[:MAX_ALT_TEXT].strip() or None
        details = media_schemas.MediaDetails(alt_text=alt_text, focus=focus)
        found.append(media_bringing.Brought(partial(archive.file, attachment.path), details))
    return found


def _few_files(notes: list[Note]) -> Iterator[list[Note]]:
    """The posts in their order, in lists with as many files as a short transaction writes."""
    some: list[Note] = []
    files = 0
    for note in notes:
        if files > _FILES_AT_ONCE:
            yield some
            some, files = [], 0
        some.append(note)
        files += len(note.attachments)
    if some:
        yield some


async def _import_bookmarks(work: Work, contents: Contents, account_id: int, report: Report) -> None:
    done, total = 0, len(contents.bookmarks)
    await work.progress(Step.BOOKMARKS, done, total)
    for uris in _batches(iter(contents.bookmarks), _BOOKMARKS_AT_ONCE):
        async with work.write() as session:
            found = await service.add_bookmarks(session, account_id=account_id, uris=uris)
        report.bookmarks += found.new
        report.bookmarks_known += found.here - found.new
        report.bookmarks_elsewhere += len(uris) - found.here
        done += len(uris)
        await work.progress(Step.BOOKMARKS, done, total)


async def _import_follows(
    work: Work,
    contents: Contents,
    account: auth_models.Account,
    hearth_url: str | None,
    report: Report,
) -> None:
    here = plain_text.host_of(hearth_url or "")
    total = len(contents.follows)
    await work.progress(Step.FOLLOWS, 0, total)
    for done, address in enumerate(contents.follows, start=1):
        username = _local_name(address, contents.actor, here)
        followed = False
        if username is not None:
            async with work.write() as session:
                followed = await service.follow(session, account=account, username=username)
        report.follows += followed
        report.follows_elsewhere += not followed
        await work.progress(Step.FOLLOWS, done, total)


def _local_name(address: str, actor: activities.Actor, here: str) -> str | None:
    """The username of this server that an address means. A bare name is one of the server that the archive is from."""
    name, _, host = address.partition("@")
    return name if here and (host.lower() or plain_text.host_of(actor.uri)) == here else None


def _storable(item: Note | Skip) -> Note | Skip:
    if isinstance(item, Note) and len(item.uri.encode()) > MAX_URI_BYTES:
        return Skip(SkipReason.MALFORMED, item.uri)
    return item


def _batches(items: Iterator[T], size: int) -> Iterator[list[T]]:
    while batch := list(islice(items, size)):
        yield batch
