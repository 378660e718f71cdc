"""A form says the same however its bytes are cut into pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.media.forms import Form
from src.problems import MalformedBody

pytestmark = pytest.mark.unit

# What a boundary looks like, in the middle of a file too.
PIECES = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"--", b"\r\n--x", b"x", b"\0", b"\r\n--y--\r\n", b"abc"]))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40).filter(lambda text: "\r\n--border" not in text)


def body(content: bytes, fields: dict[str, str]) -> bytes:
    """A form as clients write it."""
    parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode() for name, value in fields.items()]
    head = b'Content-Disposition: form-data; name="file"; filename="../a.png"\r\nContent-Type: text/html\r\n\r\n'
    parts.append(head + content)
    return b"".join(b"--border\r\n" + part + b"\r\n" for part in parts) + b"--border--\r\n"


@given(PIECES, TEXTS, st.lists(st.integers(0, 400), max_size=8))
def test_a_form_is_the_same_in_any_pieces(pieces: list[bytes], text: str, cuts: list[int]) -> None:
    content = b"".join(pieces)
    whole = body(content, {"alt_text": text, "focus_x": "1"})
    form, file, begin = Form("multipart/form-data; boundary=border"), b"", 0
    for end in [*sorted(cuts), len(whole)]:
        file += b"".join(form.feed(whole[begin:end]))
        begin = max(begin, min(end, len(whole)))
    form.end()
    assert file == content
    assert form.fields == {"alt_text": text, "focus_x": "1"}


@given(st.binary(max_size=200), st.booleans())
def test_garbage_is_malformed_or_a_form(garbage: bytes, framed: bool) -> None:
    form = Form('multipart/form-data; boundary="border"')
    try:
        form.feed(b"--border\r\n" + garbage if framed else garbage)
        form.end()
    except MalformedBody:
        return
    assert not form.fields


def test_a_form_that_breaks_off_is_malformed() -> None:
    whole = body(b"content", {})
    for end in range(len(whole) - 4):
        form = Form("multipart/form-data; boundary=border")
        form.feed(whole[:end])
        with pytest.raises(MalformedBody):
            form.end()
