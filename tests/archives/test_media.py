"""Pictures on their way: out with an export, in with it and with Mastodon's archives, never twice and never trusted."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from src.config import Settings, override
from src.media.config import MediaSettings
from tests.archives.moves import another, export, rows
from tests.archives.moves import bring as bring_ours
from tests.archives.test_archives_api import imported
from tests.cluster import Cluster
from tests.hearth import Hearth, Person
from tests.mastodon_archive import archives
from tests.mastodon_archive.archives import collection, picture, write_zip
from tests.mastodon_archive.forms import write_tar_gz
from tests.mastodon_archive.imports import post
from tests.media import files
from tests.media.steps import process, upload, uploaded

pytestmark = pytest.mark.integration

JPEG = files.written(files.picture(), "JPEG")
PNG = files.written(files.picture(64, 48), "PNG")


async def posts_of(person: Person) -> list[dict[str, Any]]:
    """Somebody's posts as they see them, oldest first."""
    items = (await person.client.get(f"/v1/timelines/users/{person.username}?limit=80")).json()["items"]
    return [item["post"] for item in reversed(items)]


async def size_of(person: Person, url: str) -> tuple[int, int]:
    """The sides of a picture that this person can fetch."""
    answer = await person.client.get(url)
    assert answer.status_code == 200, answer.text
    return Image.open(io.BytesIO(answer.content)).size


@pytest.mark.usefixtures("folder")
async def test_an_export_takes_pictures_along_and_brings_them_back(
    hearth: Hearth, cluster: Cluster, settings: Settings, tmp_path: Path
) -> None:
    ada = await hearth.account("ada")
    first = await uploaded(hearth, ada, JPEG, alt_text="A cat", focus_x="0.5", focus_y="-0.25")
    second, face = await uploaded(hearth, ada, PNG), await uploaded(hearth, ada, PNG, alt_text="Ada")
    await uploaded(hearth, ada, PNG)
    body = {"text": "", "media_ids": [second["id"], first["id"]]}
    assert (await ada.client.post("/v1/posts", json=body)).status_code == 201
    crop = {"left": 0.25, "top": 0.0, "width": 0.5, "height": 1.0}
    shown = {"media_id": face["id"], "crop": crop}
    assert (await ada.client.put("/v1/users/me/pictures/picture", json=shown)).is_success
    archive = await export(hearth, ada, tmp_path)
    with zipfile.ZipFile(archive) as packed:
        pictures = {name: packed.read(name) for name in packed.namelist() if name.startswith("media_attachments/")}
    originals = {item["id"]: (await ada.client.get(item["url"])).content for item in (first, second, face)}
    assert {f"media_attachments/{id_}" for id_ in originals} <= {name.partition(".")[0] for name in pictures}
    for id_, content in originals.items():
        assert next(found for name, found in pictures.items() if id_ in name) == content
    with override(MediaSettings, media_directory=tmp_path / "there"):
        async with another(cluster, settings) as there:
            new = await there.account("ada")
            report = await bring_ours(there, new, archive)
            assert report["media_items"] == {"new": 3, "known": 0, "skipped": {"left_out": 1}}
            await process(there)
            await there.settle()
            [found] = await posts_of(new)
            assert [item["alt_text"] for item in found["media"]] == [None, "A cat"]
            assert [item["state"] for item in found["media"]] == ["ready"] * 2
            assert found["media"][1]["focus"] == {"x": 0.5, "y": -0.25}
            assert [await size_of(new, item["url"]) for item in found["media"]] == [(64, 48), (320, 200)]
            picture = (await new.client.get("/v1/users/me")).json()["picture"]
            assert (picture["alt_text"], picture["crop"]) == ("Ada", crop)
            again = await bring_ours(there, new, archive)
            assert again["media_items"] == {"new": 0, "known": 3, "skipped": {"left_out": 1}}
            back = rows(await export(there, new, tmp_path))
            assert len(back["media_items"]) == 3


@pytest.mark.usefixtures("folder")
async def test_what_is_not_ready_yet_goes_along_as_it_was_sent(
    hearth: Hearth, cluster: Cluster, settings: Settings, tmp_path: Path
) -> None:
    ada = await hearth.account("ada")
    texts = {"slow": "Left as it was", "late": "Done in the meantime"}

    async def share(name: str) -> None:
        sent = (await upload(ada, JPEG, alt_text=texts[name])).json()["id"]
        assert (await ada.client.post("/v1/posts", json={"text": name, "media_ids": [sent]})).status_code == 201

    await share("slow")
    slow = await export(hearth, ada, tmp_path)
    await share("late")

    async def work(_done: int, _total: int) -> None:
        """Between the look at the rows and the copying of the files."""
        await process(hearth)

    (tmp_path / "late").mkdir()
    late = await export(hearth, ada, tmp_path / "late", progress=work)
    for name, archive in (("slow", slow), ("late", late)):
        with override(MediaSettings, media_directory=tmp_path / f"there-{name}"):
            async with another(cluster, settings) as there:
                new = await there.account("ada")
                await bring_ours(there, new, archive)
                await process(there)
                found = [item for each in await posts_of(new) for item in each["media"]]
                assert [item["state"] for item in found] == ["ready"] * (1 if name == "slow" else 2)
                assert [item["alt_text"] for item in found] == [*texts.values()][: len(found)]
                assert {await size_of(new, item["url"]) for item in found} == {(320, 200)}


@pytest.mark.parametrize("write", ["zip", "tar.gz"])
async def test_mastodons_pictures_come_with_their_texts(
    folder: Path, hearth: Hearth, tmp_path: Path, write: str
) -> None:
    ada = await hearth.account("ada")
    base = "media_attachments/files"
    named = [picture(url=f"/{base}/{number}.jpg", name=f"Picture {number}") for number in range(6)]
    outbox = [
        post(1, attachment=named[:2]),
        post(2, "", attachment=[named[2]]),
        post(3, attachment=named[:5]),
        post(4, attachment=[picture(url=f"/{base}/evil.jpg"), named[3]]),
        post(5, "", attachment=[picture(url="/elsewhere.jpg")]),
    ]
    contents = archives.files(outbox) | {f"{base}/{number}.jpg": JPEG for number in range(6)}
    contents |= {f"{base}/evil.jpg": b"<svg onload=alert(1)>", "outbox.json": collection("outbox.json", outbox)}
    path = write_zip(tmp_path / "a.zip", contents) if write == "zip" else write_tar_gz(tmp_path, contents)
    told = await imported(hearth, ada, "mastodon", path.read_bytes())
    assert told["state"] == "done", told
    result = told["result"]
    assert (result["posts"], result["media"], result["pictures"], result["skipped"]["only_media"]) == (4, 8, 2, 1)
    await hearth.settle()
    found = await posts_of(ada)
    assert [[item["alt_text"] for item in one["media"]] for one in found] == [
        ["Picture 0", "Picture 1"],
        ["Picture 2"],
        ["Picture 0", "Picture 1", "Picture 2", "Picture 3"],
        ["Picture 3"],
    ]
    assert {item["state"] for one in found for item in one["media"]} == {"ready"}
    assert (await imported(hearth, ada, "mastodon", path.read_bytes()))["result"]["known"] == 4
    async with hearth.database.read() as session:
        connection = await session.connection()
        assert (await connection.exec_driver_sql("SELECT count(*) FROM media_items")).scalar_one() == 8
    # What was not used is not there: two files of each item.
    assert sum(1 for path in (folder / "files").rglob("*") if path.is_file()) == 16


@pytest.mark.usefixtures("folder")
async def test_a_full_share_ends_the_import_and_keeps_what_is_there(hearth: Hearth, tmp_path: Path) -> None:
    ada = await hearth.account("ada")
    url = "media_attachments/files/1.jpg"
    outbox = [post(number, attachment=[picture(url=f"/{url}")]) for number in range(1, 60)]
    contents = archives.files(outbox) | {url: JPEG, "outbox.json": collection("outbox.json", outbox)}
    path = write_zip(tmp_path / "a.zip", contents)
    with override(MediaSettings, media_quota_bytes=50 * len(JPEG)):
        told = await imported(hearth, ada, "mastodon", path.read_bytes())
    assert (told["state"], told["error"]) == ("failed", "media_quota_exceeded")
    assert len(await posts_of(ada)) == 41
    told = await imported(hearth, ada, "mastodon", path.read_bytes())
    assert (told["result"]["posts"], told["result"]["known"]) == (18, 41)
