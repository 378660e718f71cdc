"""Films and sounds made safe: functions for a child process, which calls ffmpeg under the limits that it has itself.

Nothing is encoded anew: the streams are copied into a fresh container of the same kind, without titles, places,
chapters, covers, subtitles and data. What browsers cannot play, and what hides another format, is refused.
"""

import errno
import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image

from src.media import tasks
from src.media.formats import Format, Kind
from src.media.limits import CONTAINER_BYTES, MAX_FILM_PIXELS
from src.media.rendered import Reason, Refused, Rendered, RenderedFile, Variant

_PROBE_SECONDS: Final = 15
_COPY_SECONDS: Final = 40
_PROBE: Final = ("format=duration:stream=codec_type,codec_name,width,height:stream_disposition=attached_pic",)
# The one demuxer that may open each format: playlists, which name other files and addresses, are none of them.
_DEMUXERS: Final = {
    Format.MP4: "mov",
    Format.M4A: "mov",
    Format.WEBM: "matroska",
    Format.MP3: "mp3",
    Format.OGG: "ogg",
    Format.FLAC: "flac",
    Format.WAV: "wav",
}
_MUXERS: Final = {**{kind: str(kind) for kind in _DEMUXERS}, Format.M4A: "ipod"}
_FILM_CODECS: Final = {Format.MP4: {"h264", "hevc", "av1", "vp9"}, Format.WEBM: {"vp8", "vp9", "av1"}}
_SOUND_CODECS: Final = {
    Format.MP4: {"aac", "mp3", "opus", "flac", "alac"},
    Format.M4A: {"aac", "mp3", "opus", "flac", "alac"},
    Format.WEBM: {"opus", "vorbis"},
    Format.MP3: {"mp3"},
    Format.OGG: {"opus", "vorbis", "flac"},
    Format.FLAC: {"flac"},
    Format.WAV: {"pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le"},
}
# A film's poster is taken here, behind the black of its beginning.
_POSTER_SECONDS: Final = 1.0


@dataclass(frozen=True)
class _Probed:
    duration: float
    # Width and height of the film, if there is one besides the sound.
    size: tuple[int, int] | None
    has_sound: bool


def tools_are_there() -> bool:
    """Whether films and sounds can be taken on this machine."""
    return shutil.which("ffmpeg") is not None and shutil.which("ffprobe") is not None


def render_film(source: str, folder: str, film_format: str, most_seconds: float) -> Rendered:
    """The files of a film or a sound; see `tasks.render_picture`.

    Raises:
        Refused: it is broken, too long or too big, has a codec that browsers do not play, or there is no ffmpeg here.
        OSError: the disk is full.
    """
    if not tools_are_there():
        raise Refused(Reason.NO_TOOLS)
    sent, target = Format(film_format), Path(folder)
    try:
        probed = _probed(source, sent)
        if probed.duration > most_seconds:
            raise Refused(Reason.TOO_LONG)
        kept = Format.M4A if sent is Format.MP4 and probed.size is None else sent
        original = _copied(source, target, sent, kept, probed)
        if probed.size is None:
            return Rendered(str(Kind.AUDIO), None, None, probed.duration, None, (original,))
        return _with_poster(source, target, sent, probed, original)
    except subprocess.SubprocessError:
        # ffmpeg fails in one way whatever it was.
        if shutil.disk_usage(target).free < Path(source).stat().st_size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from None
        raise Refused(Reason.UNREADABLE) from None


def _with_poster(source: str, folder: Path, sent: Format, probed: _Probed, original: RenderedFile) -> Rendered:
    frame = folder / "frame.png"
    at = min(_POSTER_SECONDS, probed.duration / 3)
    _run("ffmpeg", *_input(source, sent, "-ss", f"{at:.3f}"), "-frames:v", "1", "-f", "image2", str(frame))
    if not frame.exists():
        raise Refused(Reason.UNREADABLE)
    with Image.open(frame, formats=["PNG"]) as image:
        picture = image.convert("RGB")
    frame.unlink()
    small, small_hash = tasks.poster(picture, folder)
    # The poster is turned as the film is shown.
    return Rendered(str(Kind.VIDEO), *picture.size, probed.duration, small_hash, (original, small))


def _probed(source: str, sent: Format) -> _Probed:
    told = _run("ffprobe", *_input(source, sent), "-show_entries", *_PROBE, "-of", "json", seconds=_PROBE_SECONDS)
    try:
        document = json.loads(told)
        streams: Sequence[Mapping[str, object]] = document["streams"]
        duration = float(document["format"]["duration"])
    except (ValueError, KeyError, TypeError):
        raise Refused(Reason.UNREADABLE) from None
    films = [one for one in streams if one.get("codec_type") == "video" and not _is_cover(one)]
    sounds = [one for one in streams if one.get("codec_type") == "audio"]
    allowed = (films, _FILM_CODECS.get(sent, set())), (sounds, _SOUND_CODECS[sent])
    if any(one.get("codec_name") not in codecs for found, codecs in allowed for one in found[:1]):
        raise Refused(Reason.CODEC)
    if not films and not sounds:
        raise Refused(Reason.UNREADABLE)
    return _Probed(duration, _size(films[0]) if films else None, bool(sounds))


def _is_cover(stream: Mapping[str, object]) -> bool:
    disposition = stream.get("disposition")
    return isinstance(disposition, Mapping) and disposition.get("attached_pic") == 1


def _size(film: Mapping[str, object]) -> tuple[int, int]:
    width, height = film.get("width"), film.get("height")
    if not (isinstance(width, int) and isinstance(height, int) and width > 0 and height > 0):
        raise Refused(Reason.UNREADABLE)
    if width * height > MAX_FILM_PIXELS:
        raise Refused(Reason.TOO_MANY_PIXELS)
    return width, height


def _copied(source: str, folder: Path, sent: Format, kept: Format, probed: _Probed) -> RenderedFile:
    path = folder / f"{Variant.ORIGINAL}.{kept}"
    streams = (*(("-map", "0:V:0") if probed.size else ()), *(("-map", "0:a:0") if probed.has_sound else ()))
    silence = ("-map_metadata", "-1", "-map_chapters", "-1", *_without_words(probed))
    start = ("-movflags", "+faststart") if kept in {Format.MP4, Format.M4A} else ()
    plain = ("-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact")
    # An index may name the same bytes a thousand times, and the copy then holds them as often.
    most = Path(source).stat().st_size + CONTAINER_BYTES
    _run(
        "ffmpeg",
        *_input(source, sent),
        *streams,
        "-c",
        "copy",
        *silence,
        *plain,
        *start,
        "-fs",
        str(most + 1),
        "-f",
        _MUXERS[kept],
        str(path),
    )
    if path.stat().st_size > most:
        raise Refused(Reason.UNREADABLE)
    return tasks.described(path, Variant.ORIGINAL, kept.content_type)


def _without_words(probed: _Probed) -> tuple[str, ...]:
    """What streams say of themselves (languages, names of their makers) is left behind too."""
    film = ("-map_metadata:s:v", "-1") if probed.size else ()
    return (*film, *(("-map_metadata:s:a", "-1") if probed.has_sound else ()))


def _input(source: str, sent: Format, *before: str) -> tuple[str, ...]:
    return ("-v", "error", *before, "-protocol_whitelist", "file", "-f", _DEMUXERS[sent], "-i", f"file:{source}")


def _run(program: str, *arguments: str, seconds: float = _COPY_SECONDS) -> bytes:
    """What the program says. No shell, nothing to read, one thread, and nothing of the file in any argument."""
    threads = ("-nostdin", "-threads", "1") if program == "ffmpeg" else ()
    done = subprocess.run(  # noqa: S603  every argument is ours
        [program, *threads, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=True
    )
    return done.stdout
