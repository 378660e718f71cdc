"""Films and sounds: copied into a clean container, with a poster; refused where ffmpeg is missing."""

import io
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from src.config import override
from src.media import film
from src.media.config import MediaSettings
from tests.hearth import Hearth, problem
from tests.media import files
from tests.media.steps import upload, uploaded

pytestmark = pytest.mark.integration

PICTURE = ("-f", "lavfi", "-i", "testsrc=size=320x180:rate=10:duration=2")
SOUND = ("-f", "lavfi", "-i", "sine=duration=2")
PLACE = ("-metadata", "location=+51.5007-000.1246/", "-metadata:s:a:0", f"handler_name={files.SECRET.decode()}")
H264 = ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac")
FILMS = {
    "film.mp4": (*PICTURE, *SOUND, *H264, *PLACE),
    "film.mov": (*PICTURE, *SOUND, *H264, *PLACE),
    "film.webm": (*PICTURE, *SOUND, "-c:v", "libvpx-vp9", "-c:a", "libopus"),
}
SOUNDS = {
    "sound.mp3": ("audio/mpeg", "libmp3lame"),
    "sound.ogg": ("audio/ogg", "libvorbis"),
    "sound.flac": ("audio/flac", "flac"),
    "sound.wav": ("audio/wav", "pcm_s16le"),
    "sound.m4a": ("audio/mp4", "aac"),
}


def told(folder: Path, content: bytes) -> str:
    """All that ffprobe tells of a file."""
    path = folder / "served"
    path.write_bytes(content)
    command = ["ffprobe", "-v", "error", "-show_format", "-show_streams", "-show_chapters", "-of", "json", str(path)]
    return subprocess.run(command, check=True, capture_output=True).stdout.decode()


@pytest.mark.usefixtures("ffmpeg")
async def test_films_are_copied_without_their_words_and_get_a_poster(hearth: Hearth, tmp_path: Path) -> None:
    ada = await hearth.account("ada")
    for name, arguments in FILMS.items():
        content = files.made_by_ffmpeg(tmp_path, name, *arguments)
        assert files.SECRET in content
        item = await uploaded(hearth, ada, content)
        assert (item["state"], item["kind"], item["width"], item["height"]) == ("ready", "video", 320, 180), name
        assert item["duration"] == pytest.approx(2, abs=0.2)
        served = (await ada.client.get(item["url"])).content
        assert files.SECRET not in served
        found = json.loads(told(tmp_path, served))
        assert {stream["codec_type"] for stream in found["streams"]} == {"video", "audio"}
        assert not {"title", "location"} & found["format"].get("tags", {}).keys()
        poster = await ada.client.get(item["preview_url"])
        assert Image.open(io.BytesIO(poster.content)).size == (320, 180)
        assert poster.headers["content-type"] == "image/jpeg"
        assert item["blurhash"]


@pytest.mark.usefixtures("ffmpeg")
async def test_sounds_are_copied_without_their_words(hearth: Hearth, tmp_path: Path) -> None:
    ada = await hearth.account("ada")
    for name, (content_type, codec) in SOUNDS.items():
        content = files.made_by_ffmpeg(tmp_path, name, *SOUND, "-c:a", codec)
        assert files.SECRET in content
        item = await uploaded(hearth, ada, content)
        assert (item["state"], item["kind"], item["content_type"]) == ("ready", "audio", content_type), name
        assert (item["preview_url"], item["blurhash"], item["width"]) == (None, None, None)
        assert item["duration"] == pytest.approx(2, abs=0.2)
        served = (await ada.client.get(item["url"])).content
        assert files.SECRET not in served
        assert problem(await ada.client.get(f"/v1/media/{item['id']}/small")) == "media_not_found"


@pytest.mark.usefixtures("ffmpeg")
async def test_films_that_are_unfit_say_why(hearth: Hearth, tmp_path: Path) -> None:
    ada = await hearth.account("ada")
    good = files.made_by_ffmpeg(tmp_path, "film.mp4", *FILMS["film.mp4"])
    odd = files.made_by_ffmpeg(tmp_path, "odd.mp4", *PICTURE, "-c:v", "mpeg4")
    large = files.made_by_ffmpeg(
        tmp_path, "large.mp4", *PICTURE, "-vf", "scale=5000:2500", "-frames:v", "1", "-c:v", "libx264"
    )
    playlist = b"\x00\x00\x00\x14ftypisom\x00\x00\x00\x00isom#EXTM3U\nhttp://127.0.0.1/\n"
    for content, reason in (
        (odd, "codec"),
        (large, "too_many_pixels"),
        (good[:3000], "unreadable"),
        (playlist, "unreadable"),
    ):
        assert (await uploaded(hearth, ada, content))["error"] == reason
    with override(MediaSettings, media_max_seconds=1):
        assert (await uploaded(hearth, ada, good))["error"] == "too_long"


@pytest.mark.usefixtures("ffmpeg")
async def test_a_copy_is_no_larger_than_what_was_sent(hearth: Hearth, tmp_path: Path) -> None:
    ada = await hearth.account("ada")
    sound = files.made_by_ffmpeg(tmp_path, "sound.mp4", *SOUND, "-c:a", "aac", "-movflags", "+faststart")
    content = files.film_bomb(sound, 100_000, 1_000)
    assert len(content) < 200_000
    item = await uploaded(hearth, ada, content)
    assert (item["state"], item["error"], item["bytes"]) == ("failed", "unreadable", 0)


@pytest.mark.usefixtures("ffmpeg")
def test_a_full_disk_is_not_the_fault_of_the_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, usage = tmp_path / "source", type(shutil.disk_usage("/"))
    source.write_bytes(files.made_by_ffmpeg(tmp_path, "film.mp4", *FILMS["film.mp4"]))
    (tmp_path / "original.mp4").symlink_to("/dev/full")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(1000, 1000, 0))
    with pytest.raises(OSError, match="No space"):
        film.render_film(str(source), str(tmp_path), "mp4", 60)


async def test_without_ffmpeg_only_pictures_are_taken(hearth: Hearth, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = await hearth.account("ada")
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    answer = await upload(ada, b"OggS" + bytes(100))
    assert (answer.status_code, problem(answer)) == (415, "media_tools_missing")
    assert (await upload(ada, files.written(files.picture(), "PNG"))).status_code == 202
