"""What admins get over the API is what operators see on the command line."""

import pytest
from sqlalchemy import text

from src.features import metadata
from src.operations import readiness
from tests.hearth import Hearth
from tests.media import files
from tests.media.steps import uploaded

pytestmark = pytest.mark.integration


async def test_the_status_is_that_of_the_command(hearth: Hearth) -> None:
    boss = await hearth.admin()
    found = (await boss.client.get("/v1/admin/status")).json()
    assert found["version"] == hearth.app.version
    assert found["schema_revision"] == readiness.history().head
    assert found["database_bytes"] > 1_000_000
    assert 0 < found["disk"]["free_bytes"] < found["disk"]["total_bytes"]
    assert (found["dead_letters"], found["tasks"], found["lag_seconds"]) == (0, {}, None)


async def test_every_byte_of_the_database_is_shown_with_its_package(hearth: Hearth) -> None:
    boss = await hearth.admin()
    found = (await boss.client.get("/v1/admin/storage")).json()
    tables = {table["name"]: table for table in found["tables"]}
    assert metadata().tables.keys() <= tables.keys()
    assert {name for name, table in tables.items() if table["package"] is None} == {"alembic_version"}
    assert tables["accounts"]["package"] == "auth"
    assert found["packages"]["auth"] == sum(t["bytes"] for t in found["tables"] if t["package"] == "auth")
    sizes = [table["bytes"] for table in found["tables"]]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(sizes) < found["database_bytes"]


async def test_files_are_shown_by_kind_place_and_person(hearth: Hearth) -> None:
    boss, ada = await hearth.admin(), await hearth.account("ada")
    item = await uploaded(hearth, ada, files.written(files.picture(), "JPEG"))
    assert item["state"] == "ready"
    media = (await boss.client.get("/v1/admin/storage")).json()["media"]
    size = media["unattached"]
    assert size > 0
    assert (media["by_kind"], media["by_person"]) == ({"image": size}, {"ada": size})
    assert media["by_store"].keys() == {"directory"}
    assert (await boss.client.get("/v1/admin/status")).json()["media_bytes"] == {"image": size}


async def test_the_doctors_findings_stand_in_a_task_of_who_asked(hearth: Hearth) -> None:
    boss, other = await hearth.admin(), await hearth.admin()
    ada = await hearth.account("ada")
    async with hearth.database.write() as session:
        await session.execute(text("UPDATE profiles SET followers_count = 7 WHERE account_id = :id"), {"id": ada.id})
    begun = await boss.client.post("/v1/admin/doctor")
    assert begun.status_code == 202
    task_id = begun.json()["task_id"]
    await hearth.runtime.tasks.drain()
    task = (await boss.client.get(f"/v1/tasks/{task_id}")).json()
    assert (task["kind"], task["state"]) == ("operations.examine", "done")
    looks = {look["name"]: look["problems"] for look in task["result"]["looks"]}
    assert {"settings", "disk", "permissions", "database", "schema", "clock", "posts.counters"} <= looks.keys()
    assert len(looks["users.counters"]) == 1
    assert task["result"]["wrong"] == sum(bool(problems) for problems in looks.values())
    assert (await other.client.get(f"/v1/tasks/{task_id}")).status_code == 404
