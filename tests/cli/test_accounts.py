"""`hearth export` and `hearth import hearth`, as they are typed: archives by command, with bars and a table."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from src.cli import bars
from src.cli.application import app
from src.config import Settings, override
from tests.archives.moves import export
from tests.hearth import Hearth
from tests.media import files
from tests.media.steps import uploaded


@pytest.mark.integration
@pytest.mark.usefixtures("folder")
async def test_an_account_with_a_picture_comes_in_by_command(hearth: Hearth, database_url: str, tmp_path: Path) -> None:
    ada = await hearth.account("ada")
    await hearth.account("ben")
    item = await uploaded(hearth, ada, files.written(files.picture(64, 48), "PNG"))
    assert (await ada.client.post("/v1/posts", json={"text": "Look!", "media_ids": [item["id"]]})).is_success
    archive = await export(hearth, ada, tmp_path)
    arguments = ["import", "hearth", str(archive), "--account", "ben"]
    with override(Settings, database_url=database_url, data_directory=tmp_path / "data"):
        for new, known in (("1", "0"), ("0", "1")):
            told = await asyncio.to_thread(CliRunner().invoke, app, arguments)
            assert told.exit_code == 0, told.output
            assert ["media", "items", new, known] in [line.split() for line in told.stdout.splitlines()]
            assert "Media" in told.stderr


@pytest.mark.unit
def test_an_export_overwrites_nothing(tmp_path: Path) -> None:
    file = tmp_path / "ada.zip"
    file.write_bytes(b"of last year")
    refused = CliRunner().invoke(app, ["export", "ada", str(file)])
    assert refused.exit_code == 1
    assert refused.stderr == f"hearth: {file} is there already: choose another name, or move it away.\n"
    assert file.read_bytes() == b"of last year"


@pytest.mark.unit
def test_a_step_that_nobody_has_named_is_shown_by_its_own_name(capsys: pytest.CaptureFixture[str]) -> None:
    with bars.shown({"posts": "Posts"}) as progress:
        progress("stars", 1, 2)
    assert "stars" in capsys.readouterr().err
