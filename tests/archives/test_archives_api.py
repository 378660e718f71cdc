"""Exports and imports over the API: who may, one at a time, watched, stopped, fetched for a while and gone."""

import io
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import update

from src import clock
from src.archives import folder
from src.archives.config import ArchivesSettings
from src.archives.constants import EXPORT_KEPT, ORPHAN_AGE
from src.auth import models as auth_models
from src.config import Settings, override
from src.database import Database
from src.features import FEATURES
from tests.hearth import Hearth, Person, opened, problem
from tests.mastodon_archive.archives import collection, files, write_zip
from tests.mastodon_archive.imports import history

pytestmark = pytest.mark.integration

EXPORTS, IMPORTS, TIDY = "/v1/account/exports", "/v1/account/imports", "archives.tidy"


async def task(person: Person, found: dict[str, Any]) -> dict[str, Any]:
    """How the work stands."""
    answer: dict[str, Any] = (await person.client.get(f"/v1/tasks/{found['task_id']}")).json()
    return answer


async def work(hearth: Hearth) -> None:
    """Does what waits."""
    await hearth.runtime.tasks.drain()


async def exported(hearth: Hearth, person: Person) -> dict[str, Any]:
    """An export that is made."""
    answer = await person.client.post(EXPORTS)
    assert answer.status_code == 202, answer.text
    await work(hearth)
    found: dict[str, Any] = answer.json()
    return found


async def imported(hearth: Hearth, person: Person, kind: str, content: bytes) -> dict[str, Any]:
    """What has come of a file that was sent."""
    answer = await person.client.post(f"{IMPORTS}?kind={kind}", content=content)
    assert answer.status_code == 202, answer.text
    await work(hearth)
    return await task(person, answer.json())


def lying() -> set[str]:
    """The files that are there."""
    return {path.name for path in folder.opened().iterdir()}


async def test_an_export_is_made_fetched_for_two_days_and_gone(hearth: Hearth) -> None:
    ada, bob = await hearth.account(), await hearth.account()
    await ada.client.post("/v1/posts", json={"text": "mine"})
    before = lying()
    made = (await ada.client.post(EXPORTS)).json()
    assert made["made_at"] is None
    assert problem(await ada.client.post(EXPORTS)) == "export_under_way"
    path = f"{EXPORTS}/{made['id']}/file"
    assert problem(await ada.client.get(path)) == "export_not_ready"
    await work(hearth)
    told = await task(ada, made)
    assert (told["state"], told["done"], told["total"]) == ("done", told["total"], told["done"])
    answer = await ada.client.get(path)
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert answer.headers["cache-control"] == "private, no-store"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        assert {"hearth.json", "actor.json", "outbox.json", "data/posts.jsonl"} <= set(archive.namelist())
        everything = b"".join(archive.read(name) for name in archive.namelist())
        assert b"argon2" not in everything
    part = await ada.client.get(path, headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"PK\x03\x04")
    behind = await ada.client.get(path, headers={"Range": "bytes=99999999-"})
    assert (behind.status_code, problem(behind)) == (416, "range_not_satisfiable")
    assert problem(await bob.client.get(path)) == "export_not_found"
    [listed] = (await ada.client.get(EXPORTS)).json()["items"]
    assert (listed["id"], listed["bytes"]) == (made["id"], len(answer.content))
    kinds = [event["kind"] for event in (await ada.client.get("/v1/auth/security-events")).json()["items"]]
    assert "export_requested" in kinds
    later = EXPORT_KEPT + timedelta(minutes=1)
    mine = lying() - before
    assert len(mine) == 1
    # What other tests have left behind in this folder goes, too.
    await hearth.run_job(TIDY, at=clock.now() + later)
    assert not lying() & mine
    assert problem(await ada.client.get(path)) == "export_not_found"


async def test_an_export_asks_for_the_password(hearth: Hearth) -> None:
    ada = await hearth.account()
    made = await exported(hearth, ada)
    async with hearth.database.write() as session:
        long_ago = clock.now() - timedelta(hours=1)
        mine = auth_models.Session.account_id == ada.id
        await session.execute(update(auth_models.Session).where(mine).values(reauthenticated_at=long_ago))
    path = f"{EXPORTS}/{made['id']}"
    for method, where in (("POST", EXPORTS), ("GET", EXPORTS), ("GET", f"{path}/file"), ("DELETE", path)):
        assert problem(await ada.client.request(method, where)) == "reauthentication_required"


async def test_an_export_is_deleted_or_cancelled(hearth: Hearth) -> None:
    ada = await hearth.account()
    before = lying()
    made = await exported(hearth, ada)
    assert (await ada.client.delete(f"{EXPORTS}/{made['id']}")).status_code == 204
    assert lying() == before
    again = (await ada.client.post(EXPORTS)).json()
    assert (await ada.client.post(f"/v1/tasks/{again['task_id']}/cancel")).status_code == 202
    await work(hearth)
    # The way is free at once.
    third = await exported(hearth, ada)
    assert [item["id"] for item in (await ada.client.get(EXPORTS)).json()["items"]] == [third["id"]]


async def test_what_was_sent_is_imported_and_removed(hearth: Hearth, tmp_path: Path) -> None:
    ada, eve = await hearth.account(), await hearth.account()
    before = lying()
    archive = write_zip(tmp_path / "a.zip", files() | {"outbox.json": collection("outbox.json", history(30))})
    told = await imported(hearth, ada, "mastodon", archive.read_bytes())
    assert (told["state"], told["result"]["posts"], told["result"]["known"]) == ("done", 30, 0)
    told = await imported(hearth, ada, "mastodon", archive.read_bytes())
    assert (told["result"]["posts"], told["result"]["known"]) == (0, 30)
    made = await exported(hearth, ada)
    content = (await ada.client.get(f"{EXPORTS}/{made['id']}/file")).content
    told = await imported(hearth, eve, "hearth", content)
    assert told["result"]["posts"] == {"new": 30, "known": 0, "skipped": {}}
    # What we export as Mastodon does, our own reader understands.
    joe = await hearth.account()
    told = await imported(hearth, joe, "mastodon", content)
    assert told["result"]["posts"] == 30
    await ada.client.delete(f"{EXPORTS}/{made['id']}")
    assert lying() == before


async def test_only_what_can_be_imported_is_taken(hearth: Hearth, tmp_path: Path) -> None:
    ada = await hearth.account()
    before = lying()
    assert problem(await ada.client.post(f"{IMPORTS}?kind=films", content=b"x")) == "import_kind_unknown"
    assert problem(await ada.client.post(f"{IMPORTS}?kind=mastodon", content=b"")) == "import_empty"
    nameless = await ada.client.post(IMPORTS, content=b"x")
    assert problem(nameless) == "invalid_input"
    assert [error["loc"] for error in nameless.json()["errors"]] == [["query", "kind"]]
    assert problem(await hearth.client.post(f"{IMPORTS}?kind=mastodon", content=b"x")) == "not_authenticated"
    mastodon = write_zip(tmp_path / "a.zip", files()).read_bytes()
    for kind, content, code in (
        ("mastodon", b"no archive", "archive_format_unknown"),
        ("mastodon", mastodon[:-40], "archive_corrupt"),
        ("hearth", mastodon, "not_a_hearth_archive"),
        ("hearth", write_zip(tmp_path / "b.zip", {"../hearth.json": b"{}"}).read_bytes(), "archive_unsafe_path"),
        ("hearth", _ours(tmp_path, version=99), "archive_version_unknown"),
        ("hearth", _ours(tmp_path, rows=b"[1]"), "archive_malformed_file"),
        ("hearth", _ours(tmp_path, rows=b"9" * 5 * 2**20), "archive_malformed_file"),
        ("follows", b"\xff\xfe\x00", "archive_malformed_file"),
    ):
        told = await imported(hearth, ada, kind, content)
        assert (told["state"], told["error"]) == ("failed", code), kind
    assert lying() == before


def _ours(path: Path, *, version: int = 1, rows: bytes = b"") -> bytes:
    manifest = b'{"format":"hearth-account","version":%d,"server":null,"account":{"id":"1","username":"x"}}' % version
    return write_zip(path / "ours.zip", {"hearth.json": manifest, "data/posts.jsonl": rows}).read_bytes()


async def test_a_file_for_which_there_is_no_room_is_refused_before_it_comes(
    app: FastAPI, settings: Settings, database: Database
) -> None:
    with override(ArchivesSettings, import_max_bytes=10**18):
        async with opened(app, settings, database, FEATURES) as house:
            ada = await house.account()
            headers = {"Content-Length": str(10**17)}
            answer = await ada.client.post(f"{IMPORTS}?kind=mastodon", content=b"x", headers=headers)
    assert (answer.status_code, problem(answer)) == (507, "archive_storage_full")


async def test_one_import_at_a_time_and_it_can_be_cancelled(hearth: Hearth, tmp_path: Path) -> None:
    ada = await hearth.account()
    before = lying()
    content = write_zip(tmp_path / "a.zip", files()).read_bytes()
    first = await ada.client.post(f"{IMPORTS}?kind=mastodon", content=content)
    assert problem(await ada.client.post(f"{IMPORTS}?kind=mastodon", content=content)) == "import_under_way"
    await ada.client.post(f"/v1/tasks/{first.json()['task_id']}/cancel")
    assert (await imported(hearth, ada, "mastodon", content))["state"] == "done"
    assert lying() == before


async def test_what_nobody_names_is_swept_after_a_day(hearth: Hearth) -> None:
    before = lying()
    (folder.opened() / "0123").write_bytes(b"left behind")
    await hearth.run_job(TIDY)
    assert lying() - before == {"0123"}
    await hearth.run_job(TIDY, at=clock.now() + ORPHAN_AGE + timedelta(minutes=1))
    assert "0123" not in lying()
