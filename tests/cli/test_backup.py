"""A backup made beside a running server becomes the same Hearth elsewhere; or one line says why not."""

import io
import signal
import tarfile
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from src.cli.application import app
from src.config import Settings, override
from tests.cli.conftest import PATIENCE, Serve, until
from tests.media import files

PASSWORD = "a horse of many colours"
SETTINGS = {"REGISTRATION": "open", "HEARTH_ENV_FILE": ""}


def sign_up(url: str) -> tuple[dict[str, str], str]:
    """The header of somebody new, and their refresh token."""
    answer = httpx.post(f"{url}/v1/auth/register", json={"username": "ada", "password": PASSWORD}, timeout=20)
    assert answer.status_code == 201
    grant = answer.json()
    return {"Authorization": f"Bearer {grant['grant']['access_token']}"}, grant["grant"]["refresh_token"]


def contents(url: str) -> object:
    """What everybody can see."""
    posts = httpx.get(f"{url}/v1/timelines/users/ada", timeout=20).json()
    return posts["items"], httpx.get(f"{url}/v1/users/ada", timeout=20).json()


@pytest.mark.system
@pytest.mark.timeout(300)
def test_a_backup_beside_a_running_server_is_the_same_hearth_elsewhere(
    serve: Serve, data_directory: Path, tmp_path: Path
) -> None:
    file, other = tmp_path / "hearth.tar", tmp_path / "other"
    server = serve(**SETTINGS)
    header, refresh = sign_up(server.url)
    for text in ("One", "Two #hearth", "Three"):
        assert httpx.post(f"{server.url}/v1/posts", json={"text": text}, headers=header, timeout=20).status_code == 201
    media = f"{server.url}/v1/media"
    picture = files.written(files.picture(), "JPEG")
    item = httpx.post(media, files={"file": ("a", picture)}, headers=header, timeout=20).json()
    path = f"{media}/{item['id']}"
    until(lambda: httpx.get(path, headers=header, timeout=20).json()["state"] == "ready", "a picture")
    shown = {"text": "Four", "media_ids": [item["id"]]}
    post = httpx.post(f"{server.url}/v1/posts", json=shown, headers=header, timeout=20).json()
    (data_directory / "media/incoming/draft").write_bytes(b"half of a pic")
    seen = contents(server.url)

    made = serve("backup", str(file), **SETTINGS)
    assert made.process.wait(PATIENCE) == 0, made.said
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.glob(".*")) == []
    again = serve("backup", str(file), **SETTINGS)
    assert again.process.wait(PATIENCE) == 1
    until(lambda: "is there already" in again.said, "a refusal")
    assert server.stop(signal.SIGTERM) == 0

    restored = serve("restore", str(file), HEARTH_DATA=str(other), **SETTINGS)
    assert restored.process.wait(PATIENCE) == 0, restored.said
    assert not (other / "media/incoming/draft").exists()
    for name in ("keys.json", "sealing.keys"):
        assert (other / name).read_bytes() == (data_directory / name).read_bytes()
        assert (other / name).stat().st_mode & 0o777 == 0o600
    served = serve(HEARTH_DATA=str(other), **SETTINGS)
    assert contents(served.url) == seen
    kept = httpx.get(f"{served.url}{post['media'][0]['url']}", timeout=20)
    assert (kept.status_code, kept.headers["content-type"]) == (200, "image/jpeg")
    # The keys came along, and the application's rights in what the owner has restored.
    assert httpx.post(f"{served.url}/v1/auth/refresh", json={"refresh_token": refresh}, timeout=20).status_code == 200
    assert httpx.post(f"{served.url}/v1/posts", json={"text": "Four"}, headers=header, timeout=20).status_code == 201
    assert served.stop(signal.SIGTERM) == 0
    doctor = serve("doctor", HEARTH_DATA=str(other), **SETTINGS)
    assert doctor.process.wait(PATIENCE) == 0, doctor.said

    refused = serve("restore", str(file), HEARTH_DATA=str(other), **SETTINGS)
    assert refused.process.wait(PATIENCE) == 1
    until(lambda: "is not empty" in refused.said, "a refusal")


@pytest.mark.integration
def test_with_a_database_of_ones_own(on_migrated: Settings, fresh_url: str, tmp_path: Path) -> None:
    made = CliRunner().invoke(app, ["create-admin", "ada", "--password-stdin"], input=PASSWORD)
    assert made.exit_code == 0
    file = tmp_path / "hearth.tar"
    assert CliRunner().invoke(app, ["backup", str(file)]).exit_code == 0
    refused = CliRunner().invoke(app, ["restore", str(file)])
    assert "is not empty" in refused.stderr
    with override(Settings, data_directory=tmp_path / "other"):
        refused = CliRunner().invoke(app, ["restore", str(file)])
        assert refused.stderr.endswith("restored into an empty one only.\n")
        assert [path.name for path in (tmp_path / "other").iterdir()] == ["serve.lock"]
        with override(Settings, database_url=fresh_url):
            assert CliRunner().invoke(app, ["restore", str(file)]).exit_code == 0
            status = CliRunner().invoke(app, ["create-admin", "ada", "--existing"])
            assert status.output == "@ada may administer this server now, and signs in anew.\n"
    assert (tmp_path / "other/keys.json").read_bytes() == (on_migrated.data_directory / "keys.json").read_bytes()


def tar_of(**members: bytes) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return written.getvalue()


LISTED = b'{"format": 1, "made_at": "", "members": {"%s": {"size": 1, "sha256": "00"}}}'


@pytest.mark.unit
@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "cannot be read"),
        (b"", "no backup"),
        (b"hello" * 1000, "no backup"),
        (tar_of(**{"database.dump": b"x"}), "no backup"),
        (tar_of(**{"hearth-backup.json": b'{"format": 2}'}), "newer Hearth"),
        (tar_of(**{"hearth-backup.json": LISTED % b"database.dump"}), "does not hold"),
        (tar_of(**{"database.dump": b"x", "hearth-backup.json": LISTED % b"database.dump"}), "is damaged"),
    ],
)
def test_what_is_no_whole_backup_changes_nothing(tmp_path: Path, content: bytes | None, why: str) -> None:
    file = tmp_path / "hearth.tar"
    if content is not None:
        file.write_bytes(content)
    with override(Settings, data_directory=tmp_path / "data", database_url=None):
        result = CliRunner().invoke(app, ["restore", str(file)])
    assert result.exit_code == 1
    assert why in result.stderr
    assert result.stderr.splitlines()[-1].startswith("hearth: ")
    assert "Traceback" not in result.output
    assert not (tmp_path / "data").exists()


@pytest.mark.unit
@pytest.mark.parametrize("name", ["files/../../outside", "elsewhere", "files/postgres/18/PG_VERSION"])
def test_no_member_leads_out_of_the_data_directory(tmp_path: Path, name: str) -> None:
    listed = LISTED.replace(b"}}}", b'}, "%s": {"size": 1, "sha256": "00"}}}') % (b"database.dump", name.encode())
    file = tmp_path / "hearth.tar"
    file.write_bytes(tar_of(**{name: b"x", "database.dump": b"x", "hearth-backup.json": listed}))
    with override(Settings, data_directory=tmp_path / "data", database_url=None):
        result = CliRunner().invoke(app, ["restore", str(file)])
    assert "holds what no backup" in result.stderr
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.unit
def test_there_is_no_backup_of_what_is_not_there(tmp_path: Path) -> None:
    with override(Settings, data_directory=tmp_path / "data", database_url=None):
        result = CliRunner().invoke(app, ["backup", str(tmp_path / "hearth.tar")])
    assert "There is no Hearth in" in result.stderr
    assert list(tmp_path.iterdir()) == []
