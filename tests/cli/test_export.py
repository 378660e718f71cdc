"""`hearth export` and `hearth import hearth`: what they print, and what they refuse."""

import zipfile
from pathlib import Path

import pytest

from src.config import Settings
from tests.cli.test_import_mastodon import PASSWORD, hearth, texts
from tests.mastodon_archive import forms

pytestmark = pytest.mark.integration


def test_an_account_goes_into_a_file_and_comes_back(on_migrated: Settings, tmp_path: Path) -> None:
    for name in ("ada", "eve"):
        assert hearth("create-admin", name, "--password-stdin", typed=PASSWORD).exit_code == 0
    archive, file = str(forms.write_zip(tmp_path, forms.FILES)), tmp_path / "ada.zip"
    assert hearth("import", "mastodon", archive, "--account", "ada").exit_code == 0
    first = hearth("export", "@ada", str(file))
    assert first.exit_code == 0, first.output
    assert first.stdout.startswith(f"{file} (")
    assert "holds all of @ada: keep it where nobody else reads." in " ".join(first.stdout.split())
    assert file.stat().st_mode & 0o077 == 0
    assert zipfile.ZipFile(file).testzip() is None
    back = hearth("import", "hearth", str(file), "--account", "eve")
    assert back.exit_code == 0, back.output
    lines = [line.split() for line in back.stdout.splitlines()]
    assert ["posts", "2", "0"] in lines
    assert on_migrated.database_url is not None
    assert sorted(texts(on_migrated.database_url)) == ["First", "First", "Third", "Third"]
    again = hearth("import", "hearth", str(file), "--account", "eve")
    assert ["posts", "0", "2"] in [line.split() for line in again.stdout.splitlines()]


def test_what_cannot_be_exported_or_imported_is_told(on_migrated: Settings, tmp_path: Path) -> None:
    assert on_migrated.database_url is not None
    assert hearth("create-admin", "ada", "--password-stdin", typed=PASSWORD).exit_code == 0
    file = tmp_path / "x.zip"
    nobody = hearth("export", "nobody", str(file))
    assert (nobody.exit_code, nobody.stderr.strip().startswith("hearth: There is no such account.")) == (1, True)
    assert hearth("export", "ada", str(tmp_path / "no" / "x.zip")).exit_code == 1
    assert not file.exists()
    file.write_bytes(b"nothing")
    assert hearth("import", "hearth", str(file), "--account", "ada").exit_code == 1
    people = tmp_path / "follows.csv"
    people.write_text("Account address\nnobody@nowhere.example\n")
    told = hearth("import", "follows", str(people), "--account", "ada")
    assert "1 about what or whom is not here" in " ".join(told.stdout.split())
