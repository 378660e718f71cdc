"""Frames as bytes: each is encoded once, whoever gets it. A server's frames are not masked, so all get the same."""

import struct
from collections.abc import Iterable, Iterator

import orjson

from src.realtime.constants import JOINED_BYTES, OWN

_TEXT = 0x81


def text_frame(payload: bytes) -> bytes:
    """A whole text frame of a WebSocket around this UTF-8 (RFC 6455, 5.2)."""
    size = len(payload)
    if size < 126:
        return bytes((_TEXT, size)) + payload
    if size < 65_536:
        return struct.pack("!BBH", _TEXT, 126, size) + payload
    return struct.pack("!BBQ", _TEXT, 127, size) + payload


def text_frames(payloads: Iterable[bytes]) -> bytes:
    """Frames with these objects, several in one, a line each, as long as they are small together."""
    return b"".join(text_frame(b"\n".join(group)) for group in _groups(payloads))


def _groups(payloads: Iterable[bytes]) -> Iterator[list[bytes]]:
    group: list[bytes] = []
    size = 0
    for payload in payloads:
        size += len(payload) + 1
        if group and size > JOINED_BYTES:
            yield group
            group, size = [], len(payload) + 1
        group.append(payload)
    if group:
        yield group


def wire_name(stream: str) -> str:
    """How a stream is called on the wire: everybody's own stream is `own`."""
    return OWN if stream.startswith("own:") else stream


def event(stream: str, ev: int, frame_type: str, data: bytes) -> bytes:
    """The object of an entry; `data` is a JSON object, and neither name needs to be escaped."""
    return b'{"op":"ev","stream":"%b","ev":%d,"t":"%b","d":%b}' % (
        wire_name(stream).encode(),
        ev,
        frame_type.encode(),
        data,
    )


def ephemeral(stream: str, frame_type: str, data: bytes, ttl_ms: int) -> bytes:
    """The object of something that passes and stands in no log."""
    return b'{"op":"eph","stream":"%b","t":"%b","d":%b,"ttl":%d}' % (
        wire_name(stream).encode(),
        frame_type.encode(),
        data,
        ttl_ms,
    )


def page(stream: str, events: Iterable[bytes], *, upto: int, more: bool, reset: bool) -> bytes:
    """The object with entries after a number: the answer to sync, and of its twin."""
    return b'{"stream":"%b","events":[%b],"upto":%d,"more":%b,"reset":%b}' % (
        wire_name(stream).encode(),
        b",".join(events),
        upto,
        b"true" if more else b"false",
        b"true" if reset else b"false",
    )


def answer(request: int | None, body: bytes) -> bytes:
    """The object that answers a request."""
    return b'{"re":%b,"ok":%b}' % (b"null" if request is None else b"%d" % request, body)


def refusal(request: int | None, error: dict[str, object]) -> bytes:
    """The object that refuses a request, or a frame that had no readable number."""
    return orjson.dumps({"re": request, "err": error})
