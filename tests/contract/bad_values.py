"""What no route may take: by the place where it is sent and the kind of value that belongs there.

Values of bodies are JSON as text, since Python's own values cannot say all that a client can send. What a client
sends comes back in no answer; whatever can carry it holds the canary.
"""

import base64
import gzip
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

CANARY: Final = "xKanari3nv0gel"
_DEEP: Final = 2_000
_BASE64: Final = base64.urlsafe_b64encode
_BEYOND: Final = 2**63

Named = Mapping[str, str]


def cursor(value: object) -> str:
    """A cursor that holds this, as the server writes them."""
    return _BASE64(json.dumps(value).encode()).decode().rstrip("=")


# As they stand in an address.
PATHS: Final[Mapping[str, Named]] = {
    "enum": {"canary": CANARY, "other case": "ORIGINAL", "number": "1", "nul": "a%00", "no utf-8": "%ff"},
    "id": {
        "canary": CANARY,
        "negative": "-1",
        "signed": "+1",
        "2^63": str(_BEYOND),
        "2^64": str(2 * _BEYOND),
        "-2^70": str(-(2**70)),
        "twenty digits": "1" * 20,
        "a thousand digits": "1" * 1000,
        "float": "1.0",
        "exponent": "1e400",
        "not a number": "NaN",
        "infinity": "Infinity",
        "hexadecimal": "0x10",
        "underscore": "1_000",
        "boolean": "true",
        "null": "null",
        "space before": "%201",
        "space behind": "1%20",
        "line break": "1%0a",
        "arabic digit": "%d9%a1",
        "full width digit": "%ef%bc%91",
        "superscript": "%c2%b2",
        "nul": "1%00",
        "no utf-8": "1%ff",
        "surrogate": "%ed%a0%80",
    },
    "string": {
        "nul": f"{CANARY}%00",
        "no utf-8": f"{CANARY}%ff",
        "surrogate": f"{CANARY}%ed%a0%80",
        "overlong nul": f"{CANARY}%c0%80",
        "too long": CANARY * 100,
        "too long and wide": "%f0%9f%8f%a1" * 300,
    },
}

QUERIES: Final[Mapping[str, Named]] = {
    "id": {**PATHS["id"], "empty": "", "no utf-8": "%ff"},
    "integer": {
        "canary": CANARY,
        "zero": "0",
        "negative": "-1",
        "above": "81",
        "2^31": str(2**31),
        "2^64": str(2 * _BEYOND),
        "a thousand digits": "1" * 1000,
        "five thousand digits": "1" * 5000,
        "fraction": "1.5",
        "exponent": "1e2",
        "1e400": "1e400",
        "not a number": "NaN",
        "infinity": "-Infinity",
        "boolean": "true",
        "null": "null",
        "empty": "",
        "hexadecimal": "0x10",
        "list": "%5B1%5D",
        "nul": "1%00",
        "no utf-8": "%ff",
    },
    "cursor": {
        "canary": CANARY,
        "empty": "",
        "too long": CANARY * 20,
        "nul": "%00",
        "no utf-8": "%ff",
        "no base64": "%21%21%21",
        "no json": _BASE64(b"{" + CANARY.encode()).decode(),
        "binary": _BASE64(bytes(range(64))).decode(),
        "number": cursor(1),
        "object": cursor({"n": 1}),
        "empty list": cursor([]),
        "key alone": cursor(["n"]),
        "too many parts": cursor(["n", 1, 2]),
        "unknown direction": cursor([CANARY, 1]),
        "direction as a number": cursor([0, 1]),
        "direction as a list": cursor([[], 1]),
        "null": cursor(["n", None]),
        "boolean": cursor(["n", True]),
        "negative": cursor(["n", -1]),
        "2^63": cursor(["n", _BEYOND]),
        "10^30": cursor(["n", 10**30]),
        "fraction": cursor(["n", 0.5]),
        "list": cursor(["n", [1]]),
        "1e400": _BASE64(b'["n",1e400]').decode(),
        "not a number": _BASE64(b'["n",NaN]').decode(),
        "text with nul": cursor(["n", "a\0"]),
        "long text": cursor(["n", "a" * 101]),
        "half a surrogate": _BASE64(rb'["n","\ud800"]').decode(),
        "deep": _BASE64(b"[" * 100).decode(),
    },
    "boolean": {"canary": CANARY, "empty": "", "two": "2", "null": "null", "nul": "%00", "no utf-8": "%ff"},
    "enum": {"canary": CANARY, "empty": "", "other case": "WEEK", "number": "1", "nul": "%00", "no utf-8": "%ff"},
    "string": {
        "nul": f"{CANARY}%00",
        "no utf-8": f"{CANARY}%ff",
        "surrogate": "%ed%a0%80",
        "too long": CANARY * 100,
    },
    "array": {
        "canary": CANARY,
        "one bad": f"1&{{name}}={CANARY}",
        "empty": "",
        "joined": "1,2",
        "2^63": str(_BEYOND),
        "negative": "-1",
        "nul": "%00",
        "too many": "&{name}=".join(map(str, range(1, 102))),
    },
}

HEADERS: Final[Mapping[str, Mapping[str, bytes]]] = {
    "Idempotency-Key": {
        "empty": b"",
        "too long": CANARY.encode() * 30,
        "two words": b"a " + CANARY.encode(),
        "latin": "clé".encode("latin-1"),
        "control": b"a\x7f",
        "tab": b"a\tb",
    },
    "Authorization": {
        "no scheme": CANARY.encode(),
        "no token": b"Bearer",
        "empty token": b"Bearer ",
        "garbage": b"Bearer " + CANARY.encode(),
        "long garbage": b"Bearer " + CANARY.encode() * 500,
        "three dots": b"Bearer a.b.c",
        "deep header": b"Bearer " + _BASE64(b'{"a":' * _DEEP) + b".e30.e30",
        "latin": "Bearer clé".encode("latin-1"),
        "another scheme": b"Basic " + _BASE64(CANARY.encode()),
        "key of nobody": b"Bearer hth_" + b"0" * 48,
    },
}

# (content type, bytes) in place of a whole body.
BODIES: Final[Mapping[str, tuple[str, bytes]]] = {
    "null": ("application/json", b"null"),
    "number": ("application/json", b"1"),
    "string": ("application/json", f'"{CANARY}"'.encode()),
    "boolean": ("application/json", b"true"),
    "list": ("application/json", f'["{CANARY}"]'.encode()),
    "list of objects": ("application/json", b"[{}]"),
    "space": ("application/json", b" "),
    "half": ("application/json", f'{{"{CANARY}": '.encode()),
    "two": ("application/json", b"{}{}"),
    "single quotes": ("application/json", f"{{'{CANARY}': 1}}".encode()),
    "comma": ("application/json", b'{"a": 1,}'),
    "comment": ("application/json", b"{/* */}"),
    "not a number": ("application/json", b'{"a": NaN}'),
    "infinity": ("application/json", b'{"a": -Infinity}'),
    "1e400": ("application/json", b'{"a": 1e400}'),
    "half a surrogate": ("application/json", rb'{"a": "\ud800"}'),
    "half a surrogate as a name": ("application/json", rb'{"\udfff": 1}'),
    "control": ("application/json", b'{"a": "\x01"}'),
    "no utf-8": ("application/json", b'{"a": "\xff"}'),
    "surrogate as utf-8": ("application/json", b'{"a": "\xed\xa0\x80"}'),
    "latin": ("application/json; charset=latin-1", '{"a": "é"}'.encode("latin-1")),
    "utf-16": ("application/json", '{"a": 1}'.encode("utf-16")),
    "utf-16 named": ("application/json; charset=utf-16", '{"a": 1}'.encode("utf-16")),
    "utf-32": ("application/json", '{"a": 1}'.encode("utf-32")),
    "byte order mark": ("application/json", b"\xef\xbb\xbf{}"),
    "deep list": ("application/json", b"[" * _DEEP + b"]" * _DEEP),
    "deep object": ("application/json", b'{"a":' * _DEEP + b"1" + b"}" * _DEEP),
    "deeper": ("application/json", b"[" * 100_000),
    "deep below a field": ("application/json", b'{"a":' + b"[" * 70 + b"]" * 70 + b"}"),
    "compressed": ("application/json", gzip.compress(b"{}", mtime=0)),
    # A name that a schema might have is said back, as the one that is unknown; any other is not.
    "unknown field": ("application/json", f'{{"unknown": "{CANARY}"}}'.encode()),
    "strange field": ("application/json", f'{{"{CANARY} <b>": "{CANARY}"}}'.encode()),
    "prototype": ("application/json", b'{"__proto__": {"admin": true}, "__class__": 1}'),
    "many fields": ("application/json", json.dumps({f"field{n}": CANARY for n in range(2000)}).encode()),
    "too large": ("application/json", b'{"a": "' + b"x" * 1_100_000 + b'"}'),
    "plain text": ("text/plain", b"{}"),
    "form": ("application/x-www-form-urlencoded", f"a={CANARY}".encode()),
    "parts": ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--'),
    "parts without a border": ("multipart/form-data", b"{}"),
    "xml": ("application/xml", b"<a/>"),
    "binary": ("application/octet-stream", bytes(range(256))),
    "no type": ("", b"{}"),
}

_NOT_TEXT: Final = {"number": "12", "boolean": "true", "list": f'["{CANARY}"]', "object": f'{{"{CANARY}": 1}}'}
_NO_NUMBER: Final = {"1e400": "1e400", "not a number": "NaN", "infinity": "-Infinity"}
_STRINGS: Final = {
    **_NOT_TEXT,
    **_NO_NUMBER,
    "nul": rf'"{CANARY}\u0000"',
    "nul alone": r'"\u0000"',
    "high half": r'"a\ud800"',
    "low half": r'"\udc00a"',
    "halves in the wrong order": r'"\udc00\ud800"',
}
FIELDS: Final[Mapping[str, Named]] = {
    "string": _STRINGS,
    "enum": {**_STRINGS, "canary": f'"{CANARY}"', "empty": '""', "other case": '"Public"', "space": '" public"'},
    "id": {
        **_NO_NUMBER,
        "canary": f'"{CANARY}"',
        "empty": '""',
        "negative": '"-1"',
        "negative number": "-1",
        "2^63": f'"{_BEYOND}"',
        "2^63 as a number": str(_BEYOND),
        "10^30": str(10**30),
        "twenty digits": f'"{"1" * 20}"',
        "five thousand digits": "1" * 5000,
        "fraction": "1.5",
        "float": '"1.0"',
        "boolean": "true",
        "list": '["1"]',
        "object": "{}",
        "arabic digit": '"\u0661"',
        "nul": r'"1\u0000"',
        "space": '" 1"',
    },
    "integer": {
        **_NO_NUMBER,
        "canary": f'"{CANARY}"',
        "text": '"1"',
        "empty": '""',
        "boolean": "true",
        "negative": "-1",
        "fraction": "1.5",
        "exponent": "1e2",
        "2^31": str(2**31),
        "2^63": str(_BEYOND),
        "10^30": str(10**30),
        "-2^70": str(-(2**70)),
        "five thousand digits": "1" * 5000,
        "list": "[1]",
        "object": "{}",
    },
    "boolean": {
        **_NO_NUMBER,
        "canary": f'"{CANARY}"',
        "text": '"true"',
        "one": "1",
        "zero": "0",
        "empty": '""',
        "list": "[]",
        "object": "{}",
    },
    "instant": {
        **_NO_NUMBER,
        "canary": f'"{CANARY}"',
        "empty": '""',
        "number": "0",
        "10^30": str(10**30),
        "digits": '"1893456000"',
        "boolean": "true",
        "list": "[]",
        "object": "{}",
        "before the year 1": '"0001-01-01T00:00:00+14:00"',
        "behind the year 9999": '"9999-12-31T23:59:59-14:00"',
        "too early": '"1899-12-31T23:59:59Z"',
        "too late": '"2200-01-01T00:00:00Z"',
        "no zone": '"2030-01-01T00:00:00"',
        "a day": '"2030-01-01"',
        "30 February": '"2030-02-30T00:00:00Z"',
        "hour 25": '"2030-01-01T25:00:00Z"',
        "far zone": '"2030-01-01T00:00:00+99:00"',
        "negative year": '"-2030-01-01T00:00:00Z"',
        "nul": r'"2030-01-01T00:00:00Z\u0000"',
    },
    "array": {
        **_NO_NUMBER,
        "canary": f'"{CANARY}"',
        "number": "1",
        "object": f'{{"0": "{CANARY}"}}',
        "list of null": "[null]",
        "list of lists": "[[[]]]",
        "list of booleans": "[true]",
        "ten thousand": "[" + ",".join(["1"] * 10_000) + "]",
    },
    "object": {**_NO_NUMBER, "canary": f'"{CANARY}"', "list": "[]", "number": "1", "unknown": f'{{"{CANARY}!": 1}}'},
}


def of_field(kind: str, schema: Mapping[str, Any], *, nullable: bool) -> Iterator[tuple[str, str]]:
    """What a field of a body may not be, by name, as JSON."""
    yield from FIELDS[kind].items()
    if not nullable:
        yield "null", "null"
    if "maxLength" in schema:
        yield "too long", f'"{CANARY.ljust(schema["maxLength"] + 1, "x")}"'
        yield "too long and wide", f'"{"🏡" * (schema["maxLength"] + 1)}"'
    if schema.get("minLength"):
        yield "empty", '""'
    if "maxItems" in schema:
        yield "too many", "[" + ",".join([f'"{CANARY}"'] * (schema["maxItems"] + 1)) + "]"
    if schema.get("minItems"):
        yield "empty list", "[]"


def different() -> int:
    """How many different bad inputs there are."""
    places = (PATHS, QUERIES, HEADERS, FIELDS)
    return len(BODIES) + sum(len(named) for place in places for named in place.values())
