"""A file goes in, and comes out as others may see it; what is no file of ours stays outside."""

import asyncio
import io
import shutil
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path

import pytest
from PIL import Image

from src.config import override
from src.media.config import MediaSettings
from src.media.constants import BUSY_SECONDS, MAX_PROCESSING
from tests.hearth import Hearth, problem
from tests.media import files
from tests.media.conftest import stored
from tests.media.steps import process, upload, uploaded

pytestmark = pytest.mark.integration

HTML = b"<!doctype html><script>alert(document.domain)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
JPEG = files.written(files.picture(), "JPEG")


async def test_a_picture_is_taken_at_once_and_ready_soon(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    answer = await upload(ada, JPEG, alt_text="A flag.", focus_x="0.5", focus_y="-1")
    assert answer.status_code == HTTPStatus.ACCEPTED
    item = answer.json()
    assert (item["state"], item["kind"], item["url"], item["width"]) == ("processing", "image", None, None)
    assert problem(await ada.client.get(f"/v1/media/{item['id']}/original")) == "media_not_found"
    await process(hearth)
    item = (await ada.client.get(f"/v1/media/{item['id']}")).json()
    assert (item["state"], item["error"]) == ("ready", None)
    assert (item["alt_text"], item["focus"]) == ("A flag.", {"x": 0.5, "y": -1})
    assert (item["width"], item["height"], item["content_type"]) == (320, 200, "image/jpeg")
    assert len(item["blurhash"]) == 28
    sizes = []
    for url in (item["url"], item["preview_url"]):
        file = await ada.client.get(url)
        assert file.status_code == HTTPStatus.OK
        assert Image.open(io.BytesIO(file.content)).size == (320, 200)
        sizes.append(len(file.content))
    assert item["bytes"] == sum(sizes)


async def test_nothing_but_the_files_of_the_item_is_left_behind(hearth: Hearth, folder: Path) -> None:
    ada = await hearth.account("ada")
    item = await uploaded(hearth, ada, files.with_secrets("JPEG"))
    contents = [path.read_bytes() for path in stored(folder)]
    assert sorted(map(len, contents)) == sorted(
        [len((await ada.client.get(item[name])).content) for name in ("url", "preview_url")]
    )
    assert not any(files.SECRET in content for content in contents)


async def test_what_is_on_no_list_is_refused_whatever_it_is_called(hearth: Hearth, folder: Path) -> None:
    ada = await hearth.account("ada")
    for content in (HTML, SVG, b"\x89PNG" + HTML, b"GIF88a" + HTML, b"%PDF-1.7 ", b"MZ" * 99, b"\0"):
        answer = await upload(ada, content, name="holiday.png")
        assert (answer.status_code, problem(answer)) == (415, "media_type_refused"), content
    assert stored(folder) == []
    assert (await ada.client.get("/v1/media")).json()["items"] == []


UNUSABLE = {
    "html behind the magic of png": (b"\x89PNG\r\n\x1a\n" + HTML, "unreadable"),
    "truncated": (JPEG[: len(JPEG) // 2], "unreadable"),
    "900 megapixels in 110 kilobytes": (files.bomb(), "too_many_pixels"),
    "10,000 frames": (files.many_frames(), "too_many_frames"),
    "a webp of the largest size": (b"RIFF\xff\xff\xff\x7fWEBPVP8X" + b"\xff" * 40, "too_many_pixels"),
}


async def test_what_turns_out_to_be_unusable_says_why(hearth: Hearth, folder: Path) -> None:
    ada = await hearth.account("ada")
    for name, (content, reason) in UNUSABLE.items():
        item = await uploaded(hearth, ada, content)
        assert (item["state"], item["error"], item["bytes"], item["url"]) == ("failed", reason, 0, None), name
    assert stored(folder) == []


async def test_what_hides_behind_a_picture_stays_outside(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    for polyglot in (JPEG + HTML, files.written(files.picture(), "GIF") + HTML, JPEG[:20] + JPEG[20:] + b"PK\3\4"):
        item = await uploaded(hearth, ada, polyglot)
        assert item["state"] == "ready"
        for url in (item["url"], item["preview_url"]):
            served = (await ada.client.get(url)).content
            assert HTML not in served
            assert b"PK\3\4" not in served


async def test_the_name_of_a_file_leads_nowhere(hearth: Hearth, folder: Path) -> None:
    ada = await hearth.account("ada")
    for name in ("../../../etc/passwd", "..\\..\\boot.ini", "/etc/cron.d/x", 'a"; filename="b', "ж.jpg"):
        assert (await upload(ada, JPEG, name=name)).status_code == HTTPStatus.ACCEPTED
    await process(hearth)
    for path in stored(folder):
        assert path.relative_to(folder).parts[0] == "files"
        assert len(path.name) == 32
    (newest, *_) = (await ada.client.get("/v1/media")).json()["items"]
    saved = (await ada.client.get(newest["url"])).headers["content-disposition"]
    assert saved == f'inline; filename="{newest["id"]}-original.jpg"'


_PART = b'--x\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b'
BROKEN = (
    (b"--x--\r\n", "multipart/form-data; boundary=x", "media_file_missing"),
    (_PART % (b"file", b"\r\n--x--\r\n"), "multipart/form-data; boundary=x", "media_file_missing"),
    (_PART % (b"file", b"GIF89a"), "multipart/form-data; boundary=x", "malformed_body"),
    (
        b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--\r\n",
        "multipart/form-data; boundary=x",
        "malformed_body",
    ),
    (_PART % (b"a\xff", b"\r\n--x--\r\n"), "multipart/form-data; boundary=x", "malformed_body"),
    (_PART % (b"a", b"\xff\r\n--x--\r\n"), "multipart/form-data; boundary=x", "malformed_body"),
    (_PART % (b"a", b"x" * 70_000 + b"\r\n--x--\r\n"), "multipart/form-data; boundary=x", "malformed_body"),
    (_PART % (b"file", b"GIF89a\r\n") * 2 + b"--x--\r\n", "multipart/form-data; boundary=x", "malformed_body"),
    (b"", "multipart/form-data; boundary=x", "malformed_body"),
    (b"no form at all", "multipart/form-data; boundary=x", "malformed_body"),
    (b"--x--", "multipart/form-data", "malformed_body"),
    (b"--x--", "multipart/form-data; boundary=" + "x" * 300, "malformed_body"),
    (
        b"".join(_PART % (b"%d" % n, b"1\r\n") for n in range(11)) + b"--x--\r\n",
        "multipart/form-data; boundary=x",
        "malformed_body",
    ),
    (b"{}", "application/json", "malformed_body"),
)


async def test_a_broken_form_is_refused(hearth: Hearth, folder: Path) -> None:
    ada = await hearth.account("ada")
    for body, content_type, code in BROKEN:
        answer = await ada.client.post("/v1/media", content=body, headers={"Content-Type": content_type})
        assert problem(answer) == code, body[:100]
    assert stored(folder) == []


async def test_a_form_needs_a_file(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    answer = await ada.client.post("/v1/media", files={"alt_text": (None, b"Nothing.")})
    assert (answer.status_code, problem(answer)) == (422, "media_file_missing")


async def test_the_fields_of_the_form_keep_the_rules_of_json(hearth: Hearth, folder: Path) -> None:
    ada = await hearth.account("ada")
    sides = {"focus_x": "2", "focus_y": "0"}, {"focus_x": "0"}, {"focus_x": "nan", "focus_y": "0"}
    for fields in ({"alt_text": "x" * 5001}, {"alt_text": "a\0b"}, {"title": "a"}, *sides):
        answer = await upload(ada, JPEG, **fields)
        assert problem(answer) == "invalid_input", fields
        # By the field's name in the form.
        loc = answer.json()["errors"][0]["loc"]
        assert loc == ["body", "focus_y" if fields == {"focus_x": "0"} else next(iter(fields))]
    assert stored(folder) == []


async def test_a_file_may_be_as_big_as_its_kind_may(hearth: Hearth, folder: Path) -> None:
    ada = await hearth.account("ada")
    with override(MediaSettings, media_max_image_bytes=5000, media_max_bytes=10_000):
        big = JPEG + bytes(5001 - len(JPEG))
        assert problem(await upload(ada, big)) == "media_too_large"
        assert (await upload(ada, big[:-1])).status_code == HTTPStatus.ACCEPTED
    most = 100 * 1024 * 1024 + 64 * 1024
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(most + 1)}
    assert problem(await ada.client.post("/v1/media", content=b"", headers=headers)) == "body_too_large"
    big_json = b'{"alt_text": "' + b"x" * 1_100_000 + b'"}'
    json_type = {"Content-Type": "application/json"}
    assert problem(await ada.client.patch("/v1/media/1", content=big_json, headers=json_type)) == "body_too_large"
    assert len(stored(folder)) == 1


async def test_a_stranger_is_refused_before_the_body_is_read(hearth: Hearth) -> None:
    read: list[bytes] = []

    async def body() -> AsyncIterator[bytes]:
        for piece in (b"--x\r\n", b"more"):
            read.append(piece)
            yield piece

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    assert problem(await hearth.client.post("/v1/media", content=body(), headers=headers)) == "not_authenticated"
    assert read == []


async def test_the_same_upload_with_the_same_key_is_one_item(hearth: Hearth, folder: Path) -> None:
    ada = await hearth.account("ada")
    key = "holiday-1"
    first = await upload(ada, JPEG, key=key, alt_text="Here.")
    again = await upload(ada, JPEG, key=key, alt_text="Here.")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == first.json()
    assert again.status_code == HTTPStatus.ACCEPTED
    assert len(stored(folder)) == 1
    assert problem(await upload(ada, JPEG, key=key, alt_text="There.")) == "idempotency_key_reused"
    assert problem(await upload(ada, JPEG + b"\0", key=key, alt_text="Here.")) == "idempotency_key_reused"
    assert len(stored(folder)) == 1


async def test_what_does_not_fit_into_a_quota_is_refused_and_leaves_nothing(hearth: Hearth, folder: Path) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    item = await uploaded(hearth, ada, JPEG)
    kept = stored(folder)
    with override(MediaSettings, media_quota_bytes=item["bytes"] + len(JPEG) - 1):
        answer = await upload(ada, JPEG)
        assert (answer.status_code, problem(answer)) == (507, "media_quota_exceeded")
        assert stored(folder) == kept
        assert (await upload(bob, JPEG)).status_code == HTTPStatus.ACCEPTED
    with override(MediaSettings, media_server_quota_bytes=item["bytes"] + 1):
        assert problem(await upload(bob, JPEG)) == "media_storage_full"


async def test_nobody_fills_the_queue_of_all(hearth: Hearth, folder: Path) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    answers = await asyncio.gather(*(upload(ada, JPEG) for _ in range(MAX_PROCESSING + 2)))
    refused = [answer for answer in answers if answer.status_code != HTTPStatus.ACCEPTED]
    assert [(answer.status_code, problem(answer)) for answer in refused] == [(429, "media_too_many")] * 2
    assert min(int(answer.headers["Retry-After"]) for answer in refused) >= BUSY_SECONDS
    assert len(stored(folder)) == MAX_PROCESSING
    assert (await upload(bob, JPEG)).status_code == HTTPStatus.ACCEPTED
    await process(hearth)
    assert (await upload(ada, JPEG)).status_code == HTTPStatus.ACCEPTED


async def test_a_full_disk_takes_nothing_more(hearth: Hearth, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = await hearth.account("ada")
    usage = type(shutil.disk_usage("/"))
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(100_000_000, 95_000_001, 4_999_999))
    answer = await upload(ada, JPEG)
    assert (answer.status_code, problem(answer)) == (507, "media_storage_full")


async def test_a_server_that_keeps_files_itself_gives_no_forms(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    answer = await ada.client.post("/v1/direct-uploads", json={"bytes": 1000})
    assert (answer.status_code, problem(answer)) == (409, "media_direct_unavailable")


async def test_an_item_is_described_listed_and_deleted(hearth: Hearth, folder: Path) -> None:
    ada, bob = await hearth.account("ada"), await hearth.account("bob")
    item = await uploaded(hearth, ada, JPEG)
    path = f"/v1/media/{item['id']}"
    body = {"alt_text": "A flag.", "focus": {"x": 0.25, "y": 1}}
    changed = (await ada.client.patch(path, json=body)).json()
    assert (changed["alt_text"], changed["focus"]) == ("A flag.", {"x": 0.25, "y": 1.0})
    changed = (await ada.client.patch(path, json={"focus": None})).json()
    assert (changed["alt_text"], changed["focus"]) == ("A flag.", None)
    assert [one["id"] for one in (await ada.client.get("/v1/media")).json()["items"]] == [item["id"]]
    for method in ("GET", "PATCH", "DELETE"):
        assert (
            problem(await bob.client.request(method, path, json={} if method == "PATCH" else None)) == "media_not_found"
        )
    assert (await ada.client.delete(path)).status_code == HTTPStatus.NO_CONTENT
    assert problem(await ada.client.get(path)) == "media_not_found"
    assert problem(await ada.client.get(item["url"])) == "media_not_found"
    await process(hearth)
    assert stored(folder) == []
