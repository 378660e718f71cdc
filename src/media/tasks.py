"""Pictures made safe and small: functions for a child process, which read one file and write into one folder.

Whatever a picture brings along besides its pixels (EXIF, GPS, XMP, comments, text behind its end) stays behind: all
that leaves is written anew by our own encoders, upright and in sRGB.
"""

import errno
import hashlib
import io
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Final

from PIL import Image, ImageCms

from src.media import blurhash
from src.media.formats import Format, Kind
from src.media.limits import (
    ANIMATION_QUALITY,
    HASHED_SIDE,
    JPEG_QUALITY,
    LARGEST_SIDE,
    MAX_FRAMES,
    MAX_FRAMES_PIXELS,
    MAX_PIXELS,
    SHORTEST_FRAME,
    SMALL_QUALITY,
    SMALL_SIDE,
    USUAL_FRAME,
)
from src.media.rendered import Reason, Refused, Rendered, RenderedFile, Variant

# Pillow itself refuses, with an error, what has more than twice as many: also where it is told only while decoding.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2

# What Pillow raises on broken parts of a file, by format and by how they are broken.
_BROKEN: Final = (OSError, SyntaxError, ValueError, TypeError, IndexError, KeyError, EOFError, OverflowError)
# What the system says when it is the disk that does not work, or somebody has removed the file meanwhile.
_DISK: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.ENOENT})
_ORIENTATION: Final = 0x0112
# Exif 2.32, 4.6.4 A: how to turn a picture upright.
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# Shrinks by whole factors first: as good to the eye, and four times as fast.
_GAP: Final = 3.0
_SRGB: Final = ImageCms.createProfile("sRGB")
_OPAQUE: Final = 255


def render_picture(source: str, folder: str, picture_format: str) -> Rendered:
    """The files of a picture.

    Args:
        source: the path of what was uploaded.
        folder: the path of an empty folder for what is made of it.
        picture_format: one of `formats.PICTURES`; nothing else is tried.

    Raises:
        Refused: it is broken, or too big.
        OSError: the disk is full or broken.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(source, formats=[picture_format]) as image:
                frames = _checked(image, Format(picture_format))
                rendered = _animation if frames > 1 else _still
                return rendered(image, Path(folder), Format(picture_format))
        except Image.DecompressionBombError:
            raise Refused(Reason.TOO_MANY_PIXELS) from None
        except (Refused, MemoryError):
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.errno in _DISK:
                raise
            # Decoders and encoders raise what they like on what they cannot do; a second try would end alike.
            raise Refused(Reason.UNREADABLE) from None


def _checked(image: Image.Image, picture_format: Format) -> int:
    """The number of frames, after a look at what the header says."""
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise Refused(Reason.TOO_MANY_PIXELS)
    # Cameras put further pictures behind a JPEG (CIPA DC-007): another eye's, a preview. None of them is a next frame.
    frames: int = 1 if picture_format is Format.JPEG else getattr(image, "n_frames", 1)
    if frames > MAX_FRAMES:
        raise Refused(Reason.TOO_MANY_FRAMES)
    if frames * width * height > MAX_FRAMES_PIXELS:
        raise Refused(Reason.TOO_MANY_PIXELS)
    return frames


def _still(image: Image.Image, folder: Path, picture_format: Format) -> Rendered:
    picture = _upright(image)
    files = [_written(picture, folder, Variant.ORIGINAL, _format_for(picture, picture_format), JPEG_QUALITY)]
    width, height = picture.size
    small, small_hash = poster(picture, folder)
    return Rendered(str(Kind.IMAGE), width, height, None, small_hash, (*files, small))


def _animation(image: Image.Image, folder: Path, _picture_format: Format) -> Rendered:
    """Every animation leaves as WebP: one encoder to trust, and a tenth of the bytes of a GIF."""
    width, height = image.size
    image.load()
    # A copy: the words of the frames are asked for below.
    small, small_hash = poster(_plain(image.copy()), folder)
    durations = _Durations(image)
    path = folder / f"{Variant.ORIGINAL}.webp"
    # Frame by frame out of the open file: all of them at once would not fit.
    image.save(
        path,
        "WEBP",
        save_all=True,
        duration=durations,
        background=(0, 0, 0, 0),
        loop=0,
        quality=ANIMATION_QUALITY,
        method=0,
        icc_profile=b"",
        exif=b"",
        xmp=b"",
    )
    original = _described(path, Variant.ORIGINAL, Format.WEBP)
    return Rendered(str(Kind.ANIMATION), width, height, durations.total / 1000, small_hash, (original, small))


class _Durations(list[int]):
    """The encoder asks for the duration of the frame that the image stands at; which is known only then."""

    def __init__(self, image: Image.Image) -> None:
        super().__init__()
        self._image = image
        self.total = 0

    def __getitem__(self, _frame: object) -> int:  # type: ignore[override]
        """Milliseconds."""
        told = self._image.info.get("duration")
        duration = round(told) if isinstance(told, int | float) and told >= SHORTEST_FRAME else USUAL_FRAME
        self.total += duration
        return duration


def poster(picture: Image.Image, folder: Path) -> tuple[RenderedFile, str]:
    """The small picture of an upright picture, and its BlurHash."""
    small = _shrunk(picture, SMALL_SIDE)
    file = _written(small, folder, Variant.SMALL, _format_for(small, Format.JPEG), SMALL_QUALITY)
    tiny = _shrunk(small, HASHED_SIDE).convert("RGB")
    return file, blurhash.encoded(tiny.tobytes(), *tiny.size)


def _upright(image: Image.Image) -> Image.Image:
    """The pixels as they are meant to be seen: turned, in sRGB, no larger than is kept."""
    # Of a JPEG only as many pixels are decoded as are needed.
    image.draft(None, (LARGEST_SIDE, LARGEST_SIDE))
    image.load()
    profile = image.info.get("icc_profile")
    orientation = 1
    with suppress(*_BROKEN):
        orientation = image.getexif().get(_ORIENTATION, 1)
    picture = _shrunk(_paletteless(image), LARGEST_SIDE)
    picture = _in_srgb(picture, profile)
    return _turned(_plain(picture), orientation)


def _paletteless(image: Image.Image) -> Image.Image:
    if image.mode in {"P", "PA"} or "transparency" in image.info:
        return image.convert("RGBA")
    if image.mode.startswith("I"):
        # 16 bits of grey; a plain conversion would cut off all that is brighter than 255.
        return image.point(lambda value: value / 256).convert("L")
    return image.convert("L") if image.mode == "1" else image


def _shrunk(picture: Image.Image, side: int) -> Image.Image:
    """A picture that fits into a square."""
    width, height = picture.size
    longest = max(width, height)
    if longest <= side:
        return picture
    size = max(1, round(width * side / longest)), max(1, round(height * side / longest))
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=_GAP)


def _in_srgb(picture: Image.Image, profile: object) -> Image.Image:
    if not isinstance(profile, bytes) or picture.mode not in {"RGB", "RGBA", "CMYK", "L"}:
        return picture
    mode = "RGB" if picture.mode in {"CMYK", "L"} else picture.mode
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source):
            return picture
        return ImageCms.profileToProfile(picture, source, _SRGB, outputMode=mode) or picture
    except (ImageCms.PyCMSError, *_BROKEN):
        # A profile that nobody can use; the colours are a little off, as in every other program.
        return picture


def _plain(picture: Image.Image) -> Image.Image:
    """In RGB, or RGBA if anything shines through; without a word of what the file said besides.

    It may be the same picture, which has forgotten those words: a copy of 40 megapixels takes longer than it is worth.
    """
    has_alpha = "A" in picture.mode or "a" in picture.mode or "transparency" in picture.info
    mode = "RGBA" if has_alpha else "RGB"
    plain = picture if picture.mode == mode else picture.convert(mode)
    if has_alpha and plain.getchannel("A").getextrema()[0] == _OPAQUE:
        plain = plain.convert("RGB")
    plain.info = {}
    return plain


def _turned(picture: Image.Image, orientation: object) -> Image.Image:
    turn = _TURNS.get(orientation) if isinstance(orientation, int) else None
    return picture if turn is None else picture.transpose(turn)


def _format_for(picture: Image.Image, sent: Format) -> Format:
    """What a picture is kept as: what it came as, where browsers show that and our encoder is quick."""
    if sent in {Format.PNG, Format.WEBP}:
        return sent
    return Format.WEBP if picture.mode == "RGBA" else Format.JPEG


def _written(picture: Image.Image, folder: Path, variant: Variant, kept: Format, quality: int) -> RenderedFile:
    path, encoded = folder / f"{variant}.{kept}", io.BytesIO()
    if kept is Format.PNG:
        picture.save(encoded, "PNG")
    elif kept is Format.WEBP:
        picture.save(encoded, "WEBP", quality=quality, method=2)
    else:
        picture.save(encoded, "JPEG", quality=quality)
    # Not by Pillow: to a disk that has just become full, it writes the half of a JPEG without a word.
    path.write_bytes(encoded.getbuffer())
    return _described(path, variant, kept)


def _described(path: Path, variant: Variant, kept: Format) -> RenderedFile:
    return described(path, variant, kept.content_type)


def described(path: Path, variant: Variant, content_type: str) -> RenderedFile:
    """A file as it is told of."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return RenderedFile(str(variant), str(path), content_type, path.stat().st_size, digest)
