"""`hearth import mastodon`: somebody's years on Mastodon, brought into their account here."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from src.archives import folder
from src.archives import work as archives_work
from src.cli import bars, opened
from src.cli.endings import Failure
from src.containers import exceptions as containers_exceptions
from src.mastodon_archive import activities, importing, reader
from src.media import stores as media_stores
from src.media.constants import STORES_RESOURCE
from src.restoring import resource
from src.runtime import Runtime
from src.timelines import service_arrivals as timelines_arrivals

app = typer.Typer(help="Bring along what was written elsewhere.", no_args_is_help=True)

_REASONS = {
    activities.SkipReason.BOOST: "boosts",
    activities.SkipReason.POLL: "polls",
    activities.SkipReason.REPLY_TO_OTHER: "replies to other people",
    activities.SkipReason.NOT_OWN: "posts of somebody else",
    activities.SkipReason.OTHER_KIND: "activities that are no posts",
    activities.SkipReason.ONLY_MEDIA: "posts without a text whose pictures are not there",
    activities.SkipReason.WITHOUT_TEXT: "posts without a text",
    activities.SkipReason.TOO_LONG: "posts of more than 200,000 characters",
    activities.SkipReason.BAD_DATE: "posts without a date, or with an impossible one",
    activities.SkipReason.MALFORMED: "items that could not be understood",
}
_STEPS: dict[str, str] = {
    importing.Step.POSTS: "Posts",
    importing.Step.BOOKMARKS: "Bookmarks",
    importing.Step.FOLLOWS: "Follows",
    timelines_arrivals.STEP: "Home timelines",
}


@app.callback()
def group() -> None:
    """Bring along what was written elsewhere."""


@app.command("mastodon")
def import_mastodon(
    file: Annotated[Path, typer.Argument(help="The archive that Mastodon gave you: .zip or .tar.gz.")],
    *,
    account: Annotated[str, typer.Option(help="The username here that the posts will belong to.")],
) -> None:
    """Import a Mastodon archive: own posts and threads with their dates, bookmarks of them, follows of people here.

    Nobody is notified. An import that was stopped goes on when it is started again, and one that is done changes
    nothing.
    """
    with _opened(file) as archive:
        contents = importing.look_through(archive)

        async def run(runtime: Runtime) -> importing.Report:
            found = await opened.account(runtime.database, account)
            with bars.shown(_STEPS) as progress:
                work = archives_work.CommandWork(runtime.database, progress)
                hearth_url = runtime.settings.hearth_url
                stores = resource(runtime.resources, STORES_RESOURCE, media_stores.Stores)
                return await importing.run(work, contents, account=found, hearth_url=hearth_url, stores=stores)

        report = opened.with_runtime(run, migrate=True)
    typer.echo(f"{report.posts:,} posts of {contents.actor.uri} are in the account @{account.removeprefix('@')} now.")
    _print(list(lines(report)))


@contextmanager
def _opened(file: Path) -> Iterator[reader.Archive]:
    try:
        with reader.open_archive(file, spool=folder.opened()) as archive:
            yield archive
    except containers_exceptions.ArchiveUnreadable:
        raise Failure(_why_not(file)) from None


def _why_not(file: Path) -> str:
    try:
        if file.is_dir():
            return f"{file} is a folder: name the archive as Mastodon gave it, a .zip or .tar.gz file."
        with file.open("rb"):
            return f"{file} is no file that could be an archive."
    except OSError as error:
        return f"{file} cannot be read ({error.strerror})."


def lines(report: importing.Report) -> Iterator[tuple[int, str]]:
    """What else there is to say of an import: a number and what it is of each; nothing of what there was none."""
    told = [
        (report.media, "pictures, videos and sounds of them"),
        (report.known, "posts were here already"),
        (report.bookmarks, "bookmarks of these posts"),
        (report.bookmarks_known, "bookmarks were here already"),
        (report.follows, "people here followed"),
        *((count, f"skipped: {_REASONS[reason]}") for reason, count in report.skipped.most_common()),
        (report.pictures, "skipped: pictures, videos and sounds that are not there or not taken here"),
        (report.bookmarks_elsewhere, "skipped: bookmarks of posts that are not here"),
        (report.follows_elsewhere, "skipped: follows of people who are not here"),
    ]
    return ((count, text) for count, text in told if count)


def _print(told: list[tuple[int, str]]) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(justify="right")
    table.add_column(overflow="fold")
    for count, text in told:
        table.add_row(f"{count:,}", text)
    Console(highlight=False).print(table)
