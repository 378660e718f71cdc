"""What is read out of a page, whatever it holds."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.previews.constants import MAX_TITLE
from src.previews.tasks import Found, read_page

pytestmark = pytest.mark.unit

URL = "https://site.example/folder/page"


def page(head: str, *, encoding: str = "utf-8", content_type: str = "text/html") -> Found | None:
    """What is read of a page with this head."""
    html = f"<!doctype html><html><head>{head}</head><body><p>Text</p></body></html>"
    return read_page(html.encode(encoding), content_type, URL)


def title(*args: str, **kwargs: str) -> str | None:
    """The title alone."""
    found = page(*args, **kwargs)
    return None if found is None else found.title


def test_what_a_page_says_of_itself() -> None:
    found = page(
        '<title>Plain</title><meta property="og:title" content="Open &amp; graph">'
        '<meta property="og:title" content="A second one">'
        '<meta name="description" content="plain"><meta property="og:description" content=" Two \n lines ">'
        '<meta property="og:site_name" content="Site"><meta property="og:image" content="/a.png">'
    )
    assert found == Found("Open & graph", "Two lines", "Site", "https://site.example/a.png")
    twitter = '<meta name="twitter:title" content="T"><meta name="twitter:image" content="https://cdn.example/b.png">'
    assert page(twitter) == Found("T", None, None, "https://cdn.example/b.png")
    assert page("<title> Only\n\t a   title </title>") == Found("Only a title", None, None, None)


def test_a_page_without_a_title_has_no_card() -> None:
    assert page('<meta property="og:description" content="words">') is None
    assert page("<title> \u200b </title>") is None
    assert read_page(b"", "text/html", URL) is None


@pytest.mark.parametrize(
    "image",
    [
        "javascript:alert(1)",
        "data:image/png;base64,AAAA",
        "//user@host/x.png",
        "http://[",
        "ftp://a/b",
        "a" * 3000,
        "a b",
    ],
)
def test_a_picture_that_is_no_web_address_is_left_out(image: str) -> None:
    found = page(f'<title>t</title><meta property="og:image" content="{image}">')
    assert found is not None
    assert found.image_url is None


def test_text_is_plain_and_short() -> None:
    hostile = "<b>bold</b>\u202egnp.exe\u0000 " + "👨‍👩‍👧" * 300
    found = title(f"<title>{hostile}</title>")
    assert found is not None
    assert found.startswith("<b>bold</b> gnp.exe")
    assert found.endswith("👨‍👩‍👧…")
    assert not {"\u202e", "\u0000"} & set(found)


def test_the_encoding_is_found_as_browsers_do_it() -> None:
    russian, german = "<title>Привет</title>", "<title>Grüße</title>"
    for encoding in ("windows-1251", "koi8-r", "utf-8"):
        assert title(russian, encoding=encoding, content_type=f"text/html; charset={encoding}") == "Привет"
        assert title(f'<meta charset="{encoding}">{russian}', encoding=encoding) == "Привет"
    assert title(russian) == "Привет"
    assert title(german, encoding="latin-1") == "Grüße"
    assert title(german, encoding="latin-1", content_type="text/html; charset=iso-8859-1") == "Grüße"
    assert title(f'<meta charset="utf-16">{german}') == "Grüße"
    assert title("\ufeff" + russian, encoding="utf-8", content_type="text/html; charset=ascii") is not None
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xef\xbb\xbf", "utf-8")):
        found = read_page(mark + russian.encode(encoding), "text/html; charset=koi8-r", URL)
        assert found is not None
        assert found.title == "Привет"
    for no_encoding in ("rot13", "zip", "unicode_escape", "nonsense", "idna", "x\udcff"):
        assert title(german, content_type=f"text/html; charset={no_encoding}") == "Grüße"


def test_a_page_that_was_cut_in_a_character_is_read() -> None:
    found = read_page("<title>Grüße</title><p>ü".encode()[:-1], "text/html", URL)
    assert found is not None
    assert found.title == "Grüße"


def test_only_what_a_page_says_of_itself_counts() -> None:
    for hidden in (
        '<!-- <meta property="og:title" content="no"> -->',
        "<script>'<title>no</title>'</script>",
        "<style><title>no</title></STYLE >",
        "<textarea><title>no</title></textarea>",
        "<titles>no</titles><metadata property=og:title content=no>",
    ):
        assert title(f"{hidden}<!--><title data-a='>'>yes</title><!---->") == "yes", hidden
    assert title("<script><title>no</title>") is None
    assert title("""<meta content='a > "b"' property=og:title><meta name=twitter:title content="no">""") == 'a > "b"'
    assert title("<meta content=it's property=og:title>") == "it's"


_FLOODS = (
    "<div>",
    "<meta ",
    "<meta '",
    "<meta a=1 ",
    "<meta property=og:image content=x>",
    "<title>",
    "<!--",
    "<!-->",
    "<script>",
    "<a><b></a>",
    "<p a='",
)


@pytest.mark.parametrize("flood", [*_FLOODS, "attributes"])
def test_no_page_takes_long_to_read(flood: str) -> None:
    text = (
        f"<p {' '.join(map('a{}=1'.format, range(50_000)))}>"
        if flood == "attributes"
        else flood * (400_000 // len(flood))
    )
    begin = time.process_time()
    read_page(text.encode(), "text/html", URL)
    # Some milliseconds; what is not linear takes minutes.
    assert time.process_time() - begin < 2


@given(st.binary(max_size=500), st.text(max_size=60), st.sampled_from([URL, "http://x", "https://[::1]/"]))
def test_no_page_is_too_strange(body: bytes, content_type: str, url: str) -> None:
    found = read_page(b"<title>a</title><meta property=og:image content=" + body, content_type, url)
    if found is not None:
        assert 0 < len(found.title) <= 20 * MAX_TITLE
        found.title.encode()
