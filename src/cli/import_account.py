"""`hearth import hearth` and the single files of Mastodon's: the same that the API does with an upload."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from src.archives import parts as archives_parts
from src.archives import work as archives_work
from src.cli import bars, opened
from src.feature import Owned, Registry
from src.media import restoring as media_restoring
from src.runtime import Runtime
from src.timelines import service_arrivals as timelines_arrivals

_File = Annotated[Path, typer.Argument(help="The file to bring along.")]
_Account = Annotated[str, typer.Option(help="The username here that it will belong to.")]
_REASONS = {
    "malformed": "cannot be said here",
    "elsewhere": "about what or whom is not here",
    "not_permitted": "not permitted",
    "left_out": "never brought along",
    "no_counterpart": "there is no such thing here",
    "file_refused": "no files that this server takes",
}


LISTS = {
    "follows": "following_accounts.csv, whom to follow",
    "blocks": "blocked_accounts.csv, whom to block",
    "mutes": "muted_accounts.csv, whom to mute",
    "bookmarks": "bookmarks.csv, posts to keep",
    "lists": "lists.csv, which has no counterpart here and is only counted",
}


def import_hearth(
    file: _File,
    *,
    account: _Account,
    same_people: Annotated[
        bool, typer.Option("--same-people", help="A username in it is the same person on this server.")
    ] = False,
) -> None:
    """Import what `hearth export` has made: posts, relations, reactions, settings and files.

    Credentials and what others have done do not come along. An import that was stopped goes on when it is started
    again, and one that is done changes nothing.
    """
    _run("hearth", file, account, same_people=same_people)


def single_file(kind: str, what: str) -> Callable[..., None]:
    """The command that imports one of Mastodon's CSV files."""

    def command(file: _File, *, account: _Account) -> None:
        _run(kind, file, account, same_people=False)

    command.__doc__ = f"Import one of Mastodon's CSV files: {what}."
    return command


def _run(kind: str, file: Path, account: str, *, same_people: bool) -> None:
    async def run(runtime: Runtime) -> dict[str, object]:
        found = await opened.account(runtime.database, account)
        importer = next(part for part in runtime.registry.all(archives_parts.Importer) if part.kind == kind)
        order = archives_parts.Order(
            path=file,
            account_id=found.id,
            same_people=same_people,
            hearth_url=runtime.settings.hearth_url,
            resources=runtime.resources,
        )
        with bars.shown(_steps(runtime.registry)) as progress:
            return await importer.run(archives_work.CommandWork(runtime.database, progress), runtime.registry, order)

    _print(list(_lines(opened.with_runtime(run, migrate=True))))


def _steps(registry: Registry) -> dict[str, str]:
    tables = [name for part in registry.all(Owned) for name in part.restore]
    kinds = [part.kind for part in registry.all(archives_parts.Importer)]
    steps = (*tables, *kinds, media_restoring.STEP, timelines_arrivals.STEP)
    return {name: name.replace("_", " ").capitalize() for name in steps}


def _lines(report: Mapping[str, object]) -> Iterator[tuple[str, object, object, str]]:
    """What has come of each kind of rows."""
    for name, told in report.items():
        if isinstance(told, dict):
            skipped = told.get("skipped", {})
            reasons = (f"{number:,} {_REASONS.get(reason, reason)}" for reason, number in skipped.items())
            yield name.replace("_", " "), told.get("new", 0), told.get("known", 0), ", ".join(reasons)


def _print(told: list[tuple[str, object, object, str]]) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("what")
    table.add_column("new", justify="right")
    table.add_column("here already", justify="right")
    table.add_column("left out", overflow="fold")
    for what, new, known, skipped in told:
        table.add_row(what, f"{new:,}", f"{known:,}", skipped)
    Console(highlight=False).print(table)
