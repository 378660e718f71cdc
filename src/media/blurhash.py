"""BlurHash: a picture in some thirty characters, to be shown until the picture is there.

The encoding is that of https://github.com/woltapp/blurhash/blob/master/Algorithm.md: a cosine transform of the linear
colours with few components, quantized, in base 83. The transform is separable, so it is done by rows and then by
columns: with pictures of 32 pixels that takes plain Python about a millisecond.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from operator import mul

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
_BASE = len(_ALPHABET)
_MOST = 255
# Of the standard: the greatest component is kept in 82 steps, all others relative to it in 19.
_STEPS = 19
_GREATEST = 166
# sRGB, IEC 61966-2-1.
_LINEAR = [
    value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
    for value in (byte / _MOST for byte in range(_MOST + 1))
]
Colour = tuple[float, float, float]


def encoded(pixels: bytes, width: int, height: int) -> str:
    """The BlurHash of a picture.

    Args:
        pixels: red, green and blue, a byte each, row after row.
        width: in pixels.
        height: in pixels.
    """
    across, down = (4, 3) if width >= height else (3, 4)
    planes = [[_LINEAR[value] for value in pixels[channel::3]] for channel in range(3)]
    transformed = [_transformed(plane, width, height, across, down) for plane in planes]
    colours: list[Colour] = list(zip(*transformed, strict=True))
    return _written(colours, across, down)


@lru_cache(maxsize=128)
def _waves(count: int, size: int) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(math.cos(math.pi * wave * place / size) for place in range(size)) for wave in range(count))


def _transformed(plane: Sequence[float], width: int, height: int, across: int, down: int) -> list[float]:
    rows = [plane[begin : begin + width] for begin in range(0, width * height, width)]
    by_wave = [[sum(map(mul, row, wave)) for row in rows] for wave in _waves(across, width)]
    scale = 1 / (width * height)
    return [
        sum(map(mul, by_wave[x], wave)) * scale * (1 if x == y == 0 else 2)
        for y, wave in enumerate(_waves(down, height))
        for x in range(across)
    ]


def _written(colours: Sequence[Colour], across: int, down: int) -> str:
    average, *others = colours
    greatest = max(abs(value) for colour in others for value in colour)
    quantized = max(0, min(82, math.floor(greatest * _GREATEST - 0.5)))
    scale = (quantized + 1) / _GREATEST
    red, green, blue = (_byte(value) for value in average)
    text = _digits(across - 1 + (down - 1) * 9, 1) + _digits(quantized, 1) + _digits(red << 16 | green << 8 | blue, 4)
    return text + "".join(_digits(_difference(colour, scale), 2) for colour in others)


def _difference(colour: Colour, scale: float) -> int:
    red, green, blue = (_step(value / scale) for value in colour)
    return (red * _STEPS + green) * _STEPS + blue


def _step(value: float) -> int:
    rooted = math.copysign(math.sqrt(abs(value)), value)
    return max(0, min(_STEPS - 1, math.floor(rooted * 9 + 9.5)))


def _byte(linear: float) -> int:
    clamped = max(0.0, min(1.0, linear))
    srgb = clamped * 12.92 if clamped <= 0.0031308 else 1.055 * clamped ** (1 / 2.4) - 0.055
    return math.floor(srgb * _MOST + 0.5)


def _digits(value: int, length: int) -> str:
    return "".join(_ALPHABET[value // _BASE**place % _BASE] for place in reversed(range(length)))
