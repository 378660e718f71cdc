"""From Mastodon's HTML back to the text: what it writes, what others write, and what no one should."""

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.mastodon_archive.plain_text import host_of, to_text
from tests.ground import effort
from tests.mastodon_archive import archives

pytestmark = pytest.mark.unit

MARKUP = ("<", ">", "&", "a", "p", "/", "=", "'", '"', "!", "-", "script", " href", "#", ";")
LONG_URL = "https://www.example.com/a/path/that/is/longer/than/thirty?with=a&query=%20#and-more"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("<p>Hello</p>", "Hello"),
        ("<p>one<br>two<br/>three<br />four</p><p>five</p>", "one\ntwo\nthree\nfour\n\nfive"),
        (
            "<p>1 &lt; 2 &amp;&amp; &quot;a&quot; &#39;b&#39; &#x1F600; caf&eacute;</p>",
            "1 < 2 && \"a\" 'b' \U0001f600 caf\u00e9",
        ),
        ("<p>two  spaces</p><p>  and four</p>", "two  spaces\n\n  and four"),
        ("<p>a :blobcat: b</p>", "a :blobcat: b"),
        ('<p>a <img class="custom-emoji" src="x.png" alt=":blobcat:"> b</p>', "a :blobcat: b"),
        ("<p>a</p>\n<p>b\n  c</p>\n", "a\n\nb c"),
        ("<b>a</b>\n<i>b</i>", "a b"),
        ("<ul><li>one</li><li>two</li></ul><p>end</p>", "- one\n- two\n\nend"),
        ("<blockquote><p>said</p></blockquote><p>answer</p>", "said\n\nanswer"),
        ("<pre>x\n  y</pre><code>z</code>", "x\n  y\n\nz"),
        ("no tags & a stray < and >", "no tags & a stray < and >"),
    ],
)
def test_structure_becomes_lines_and_paragraphs(html: str, text: str) -> None:
    assert to_text(html) == text


@pytest.mark.parametrize("url", ["https://a.example", "http://www.a.example/x", LONG_URL])
def test_links_are_whole_however_mastodon_cut_them(url: str) -> None:
    assert to_text(f"<p>see {archives.link_html(url)}, ok</p>") == f"see {url}, ok"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<a href="https://a.example/x">a.example/x</a>', "https://a.example/x"),
        ('<a href="https://a.example/x/y">a.example/x</a>', "a.example/x (https://a.example/x/y)"),
        ('<a href="https://a.example/very/long">a.example/ve\u2026</a>', "https://a.example/very/long"),
        ('<a href="https://a.example/"></a>', "https://a.example/"),
        (
            'read <a href="https://a.example/x?b=1&amp;c=2"> this </a>now',
            "read  this (https://a.example/x?b=1&c=2) now",
        ),
        ('<a href="https://evil.example">https://bank.example</a>', "https://bank.example (https://evil.example)"),
        ('<a href="https://evil.example">https://bank\u2026</a>', "https://bank\u2026 (https://evil.example)"),
        ('<a href="javascript:alert(1)">click</a> <a name=x>here</a>', "click here"),
        (
            "<a href='https://a.example'>one<a href=https://b.example>two</a>",
            "one (https://a.example)two (https://b.example)",
        ),
        ('<p>a</p><p><a href="https://b.example">b.example</a><br>c</p>', "a\n\nhttps://b.example\nc"),
    ],
)
def test_other_links_show_where_they_lead(html: str, text: str) -> None:
    assert to_text(html) == text


def test_people_are_written_with_their_whole_address() -> None:
    html = (
        f"<p>{archives.mention_html('Bob', 'web.other.example')} and {archives.mention_html('carl', 'c.example')}</p>"
    )
    assert (
        to_text(html, {("bob", "web.other.example"): "Bob@other.example"}) == "@Bob@other.example and @carl@c.example"
    )
    whole = '<a class="u-url mention" href="https://c.example/@carl">@carl@c.example</a>'
    assert to_text(whole) == "@carl@c.example"


def test_hashtags_stay_hashtags() -> None:
    cat = "\u732b"
    assert to_text(f"<p>{archives.hashtag_html('Tea')} {archives.hashtag_html(cat)}</p>") == f"#Tea #{cat}"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<script>alert(1)</script>a<style>p{}</style>b<!-- c --><![CDATA[d]]><?e?>f", "abf"),
        ("a<script>alert(1)", "a"),
        ("a<!-- b", "a"),
        ("<p <b>a</p>", "<p a"),
        ('<p title="a>b">c</p>', "c"),
        ("<p title='<b>c</b>'>d</p>", "d"),
        ("<div><p>unclosed <b>deep", "unclosed deep"),
        ("</p></a></div>a", "a"),
        ("&#99999999999; &#xFFFFFFFF; &#0; &nosuch; &", "\ufffd \ufffd \ufffd &nosuch; &"),
        ("&#" + "9" * 5000 + ";", "\ufffd"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
    ],
)
def test_broken_and_hostile_html_is_text_in_the_end(html: str, text: str) -> None:
    assert to_text(html) == text


def test_depth_does_not_matter() -> None:
    assert to_text("<div>" * 100_000 + "a") == "a"


@pytest.mark.parametrize(
    "piece",
    [
        "<", "<a", "<a ", "</a", "<a b=", "<a b='", '<a b="', "<a b='\"", "<a href=x>", "<!", "<!--", "<!-- ", "<?",
        "<![", "<![CDATA[", "&", "&#", "&a", "&#9", "<p>", "<p", "<script>", "</", " ", "\n", "<br>", "<a>",
    ],
)  # fmt: skip
def test_four_times_the_hostile_html_takes_four_times_the_work_not_sixteen(piece: str) -> None:
    assert effort.is_linear(to_text, piece)


words = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"], exclude_characters="@#/:"), min_size=1)
names = st.from_regex(r"[a-z0-9_]{2,20}", fullmatch=True)
paths = st.text("abc/&?=%'\"<>\u732b()", max_size=60)
pieces = st.one_of(
    words.map(lambda word: (word, escape(word))),
    names.map(lambda name: (f"#{name}", archives.hashtag_html(name))),
    names.map(lambda name: (f"@{name}@o.example", archives.mention_html(name, "o.example"))),
    paths.map(lambda path: (f"https://a.example/{path}", archives.link_html(f"https://a.example/{path}"))),
)
lines = st.lists(pieces, min_size=1, max_size=4).map(
    lambda found: (" ".join(text for text, _ in found), " ".join(html for _, html in found))
)


@given(st.lists(st.lists(lines, min_size=1, max_size=3), min_size=1, max_size=3))
def test_what_mastodon_renders_comes_back_as_it_was_written(written: list[list[tuple[str, str]]]) -> None:
    text = "\n\n".join("\n".join(line for line, _ in paragraph) for paragraph in written)
    html = archives.paragraphs_html([[line for _, line in paragraph] for paragraph in written])
    assert to_text(html) == text


@given(st.text(max_size=200) | st.lists(st.sampled_from(MARKUP)).map("".join))
def test_any_text_is_read_without_error_and_none_of_it_is_escaped_twice(text: str) -> None:
    to_text(text)
    assert to_text(f"<p>{escape(text)}</p>").split() == text.split()


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Social.Example:8443/@a", "social.example:8443"),
        ("https://u:p@h.example/x", "h.example"),
        ("https://[bad/x", ""),
        ("nothing", ""),
    ],
)
def test_the_host_of_a_url(url: str, host: str) -> None:
    assert host_of(url) == host
