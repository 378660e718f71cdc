"""Which files are taken, told by their own first bytes: neither by name nor by what the client says."""

from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What an item is for those who look at it or listen to it."""

    IMAGE = "image"
    ANIMATION = "animation"
    VIDEO = "video"
    AUDIO = "audio"


class Format(StrEnum):
    """The closed list."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    GIF = "gif"
    AVIF = "avif"
    MP4 = "mp4"
    WEBM = "webm"
    M4A = "m4a"
    MP3 = "mp3"
    OGG = "ogg"
    FLAC = "flac"
    WAV = "wav"

    @property
    def is_picture(self) -> bool:
        """Whether Pillow reads it; all others are for ffmpeg."""
        return self in PICTURES

    @property
    def kind(self) -> Kind:
        """What it most likely is; the whole file may tell better (a film without pictures, a picture that moves)."""
        return Kind.IMAGE if self.is_picture else Kind.VIDEO if self in FILMS else Kind.AUDIO

    @property
    def content_type(self) -> str:
        """Its media type."""
        return _TYPES[self]


PICTURES: Final = frozenset({Format.JPEG, Format.PNG, Format.WEBP, Format.GIF, Format.AVIF})
FILMS: Final = frozenset({Format.MP4, Format.WEBM})
_TYPES: Final = {
    Format.JPEG: "image/jpeg",
    Format.PNG: "image/png",
    Format.WEBP: "image/webp",
    Format.GIF: "image/gif",
    Format.AVIF: "image/avif",
    Format.MP4: "video/mp4",
    Format.WEBM: "video/webm",
    Format.M4A: "audio/mp4",
    Format.MP3: "audio/mpeg",
    Format.OGG: "audio/ogg",
    Format.FLAC: "audio/flac",
    Format.WAV: "audio/wav",
}

_STARTS: Final = (
    (b"\xff\xd8\xff", Format.JPEG),
    (b"\x89PNG\r\n\x1a\n", Format.PNG),
    (b"GIF87a", Format.GIF),
    (b"GIF89a", Format.GIF),
    (b"OggS", Format.OGG),
    (b"fLaC", Format.FLAC),
    (b"ID3", Format.MP3),
    # The sync word of MPEG 1 and 2, layer III, with and without a checksum.
    (b"\xff\xfb", Format.MP3),
    (b"\xff\xfa", Format.MP3),
    (b"\xff\xf3", Format.MP3),
    (b"\xff\xf2", Format.MP3),
)
_RIFF: Final = {b"WEBP": Format.WEBP, b"WAVE": Format.WAV}
# Brands of ISO/IEC 14496-12 files (https://mp4ra.org/registered-types/brands). `qt  ` is what telephones record.
_AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})
_SOUND_BRANDS: Final = frozenset({b"M4A ", b"M4B "})
_FILM_BRANDS: Final = frozenset(
    {b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"dash", b"qt  "}
)
_EBML: Final = b"\x1a\x45\xdf\xa3"
# EBML's DocType element with the text `webm` (RFC 8794, 11.2.7); Matroska itself is not taken.
_WEBM_TYPE: Final = b"\x42\x82\x84webm"
_EBML_HEADER: Final = 80


def told_by(head: bytes) -> Format | None:
    """The format of a file that begins with these bytes (`HEAD_BYTES` are enough); None for all that is not taken."""
    for start, found in _STARTS:
        if head.startswith(start):
            return found
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _of_brands(head)
    if head.startswith(_EBML) and _WEBM_TYPE in head[:_EBML_HEADER]:
        return Format.WEBM
    return None


def _of_brands(head: bytes) -> Format | None:
    """An ISO base media file: a box of the length in its first four bytes, with a major and compatible brands."""
    box = head[: int.from_bytes(head[:4], "big")]
    major = box[8:12]
    compatible = {box[place : place + 4] for place in range(16, len(box) - 3, 4)}
    if major in _AVIF_BRANDS or (major == b"mif1" and compatible & _AVIF_BRANDS):
        return Format.AVIF
    if major in _SOUND_BRANDS:
        return Format.M4A
    return Format.MP4 if major in _FILM_BRANDS else None
