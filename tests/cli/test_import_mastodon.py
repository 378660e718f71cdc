"""`hearth import mastodon`: what it prints of an archive, and the one line for an archive that it refuses."""

import asyncio
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from src.cli import import_mastodon
from src.cli.application import app
from src.config import Settings, override
from src.database import Database
from src.mastodon_archive import importing
from src.mastodon_archive.activities import SkipReason
from tests.mastodon_archive import archives, forms
from tests.mastodon_archive.imports import zipped

pytestmark = pytest.mark.integration

PASSWORD = "a horse of many colours"


def hearth(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, arguments, input=typed)


@pytest.fixture
def ada(on_migrated: Settings) -> str:
    """Somebody with an account; gives the database's address."""
    assert hearth("create-admin", "ada", "--password-stdin", typed=PASSWORD).exit_code == 0
    assert on_migrated.database_url is not None
    return on_migrated.database_url


def texts(url: str) -> list[str]:
    """All posts of the server, oldest first."""

    async def fetch() -> list[str]:
        database = Database(url)
        try:
            return [row["text"] for row in await database.fetch("SELECT text FROM posts ORDER BY id", ())]
        finally:
            await database.close()

    return asyncio.run(fetch())


def test_an_archive_is_imported_once_and_told_of(ada: str, tmp_path: Path) -> None:
    file = str(forms.write_tar_gz(tmp_path, forms.FILES))
    first = hearth("import", "mastodon", file, "--account", "@ada")
    assert first.exit_code == 0, first.output
    lines = [line.strip().split(maxsplit=1) for line in first.stdout.splitlines()]
    assert lines[0] == ["2", f"posts of {archives.ACTOR} are in the account @ada now."]
    assert sorted(lines[1:]) == [
        ["1", "bookmarks of these posts"],
        ["1", "skipped: boosts"],
        ["1", "skipped: follows of people who are not here"],
        ["1", "skipped: items that could not be understood"],
        ["1", "skipped: pictures, videos and sounds that are not there or not taken here"],
        ["2", "skipped: bookmarks of posts that are not here"],
    ]
    assert "Posts" in first.stderr
    second = hearth("import", "mastodon", file, "--account", "ada")
    assert second.exit_code == 0
    assert second.stdout.startswith("0 posts of ")
    assert "2  posts were here already" in second.stdout
    assert texts(ada) == ["First", "Third"]


def test_people_here_are_followed_by_the_address_in_the_settings(ada: str, tmp_path: Path) -> None:
    hearth("create-admin", "ben", "--password-stdin", typed=PASSWORD)
    follows = b"Account address,Show boosts\nben@hearth.example,true\n"
    file = zipped(tmp_path, [], following_accounts_csv=follows)
    with override(Settings, hearth_url="https://hearth.example"):
        result = hearth("import", "mastodon", str(file), "--account", "ada")
    assert "1  people here followed" in result.stdout
    assert texts(ada) == []


def test_an_account_that_is_not_there_is_named(ada: str, tmp_path: Path) -> None:
    result = hearth("import", "mastodon", str(zipped(tmp_path, forms.OUTBOX)), "--account", "eve")
    assert result.exit_code == 1
    assert result.stderr.strip() == "hearth: There is no such account. Sign up as @eve first, or correct the name."
    assert texts(ada) == []


def with_link(path: Path) -> Path:
    """An archive with a symbolic link in it."""
    file = zipped(path, forms.OUTBOX)
    with zipfile.ZipFile(file, "a") as archive:
        link = zipfile.ZipInfo("avatar")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    return file


def with_text(path: Path) -> Path:
    """No archive at all."""
    return forms.written(path / "archive.zip", b"hello")


def nowhere(path: Path) -> Path:
    """No file at all."""
    return path / "archive.zip"


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (with_link, "The archive holds a link."),
        (with_text, "The file is neither a zip nor a tar.gz nor a tar archive."),
        (nowhere, "{path}/archive.zip cannot be read (No such file or directory)."),
        (
            lambda path: path,
            "{path} is a folder: name the archive as Mastodon gave it, a .zip or .tar.gz file.",
        ),
    ],
)
def test_a_refused_archive_gets_one_line(ada: str, tmp_path: Path, make: Callable[[Path], Path], why: str) -> None:
    result = hearth("import", "mastodon", str(make(tmp_path)), "--account", "ada")
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"hearth: {why.format(path=tmp_path)}\n")
    assert texts(ada) == []


@pytest.mark.unit
def test_each_reason_has_words() -> None:
    report = importing.Report()
    report.skipped.update(SkipReason)
    told = [text for _, text in import_mastodon.lines(report)]
    assert len(set(told)) == len(SkipReason)
