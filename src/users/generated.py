"""The pictures of people who have chosen none: drawn of nothing but the number of the account, always the same."""

import hashlib
from collections.abc import Iterator

from src.users.constants import Place

PATH = "/v1/generated"
_CELLS = 5
_HALF = (_CELLS + 1) // 2
_HEADER_SIZE = (1500, 500)
_CIRCLES = 6


def path_of(place: Place, account_id: int) -> str:
    """Where the picture is served."""
    return f"{PATH}/{place}/{account_id}"


def draw(place: Place, account_id: int) -> str:
    """The picture as SVG; it holds no word of anybody."""
    digest = hashlib.sha256(b"%s %d" % (place.encode(), account_id)).digest()
    hue = int.from_bytes(digest[:2], "big") % 360
    return _face(digest, hue) if place is Place.PICTURE else _landscape(digest, hue)


def _face(digest: bytes, hue: int) -> str:
    """Five by five cells, the same on both sides, with one cell of room around them."""
    cells = "".join(
        f'<path d="M{x + 1} {y + 1}h1v1h-1z"/>' for y in range(_CELLS) for x in range(_CELLS) if _is_set(digest, x, y)
    )
    side = _CELLS + 2
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" width="400" height="400" '
        f'shape-rendering="crispEdges"><path fill="hsl({hue},45%,90%)" d="M0 0h{side}v{side}H0z"/>'
        f'<g fill="hsl({hue},55%,45%)">{cells}</g></svg>'
    )


def _is_set(digest: bytes, x: int, y: int) -> bool:
    # The middle one always, so that no picture is empty.
    mirrored = min(x, _CELLS - 1 - x)
    return (x, y) == (_CELLS // 2, _CELLS // 2) or bool(digest[2 + y * _HALF + mirrored] & 1)


def _landscape(digest: bytes, hue: int) -> str:
    width, height = _HEADER_SIZE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f'<path fill="hsl({hue},45%,55%)" d="M0 0h{width}v{height}H0z"/>'
        f'<g fill="hsl({(hue + 40) % 360},60%,65%)" fill-opacity=".35">{"".join(_circles(digest))}</g></svg>'
    )


def _circles(digest: bytes) -> Iterator[str]:
    width, height = _HEADER_SIZE
    for number in range(_CIRCLES):
        x, y, radius = digest[2 + 3 * number : 5 + 3 * number]
        yield f'<circle cx="{x * width // 255}" cy="{y * height // 255}" r="{60 + radius}"/>'
