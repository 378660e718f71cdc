"""What a text counts and refers to: examples of what people write, laws over any text, and hostile texts."""

from collections.abc import Callable

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from src import markup
from src.markup import EntityKind
from tests.ground import effort

pytestmark = pytest.mark.unit

# Texts in which entities, near misses and any other characters stand next to each other.
PIECES = (
    "@alice",
    "@Bob_2",
    "@bob@remote.example",
    "@",
    "#",
    "#Tag",
    "\uff03\u732b",
    "#123",
    "https://example.com/a_(b)?c=#d",
    "HTTP://x.y",
    "http://",
    "http://u@h/",
    "a@b.example",
    "(",
    ")",
    "[",
    "]",
    ".",
    ",",
    ":",
    "/",
    " ",
    "\n",
    "\r",
    "word",
    "\u0301",
    "\u200d",
    "\U0001f1e9",
    "\U0001f469",
)
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=12).map("".join)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("hello", 5),
        ("e\u0301", 1),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", 1),
        ("\U0001f44d\U0001f3fd", 1),
        ("\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7", 2),
        ("\U0001f1e9\U0001f1ea\U0001f1eb", 2),
        ("\u0915\u094d\u0937\u093f", 1),
        ("a\r\nb", 3),
        ("http://a.b", 23),
        ("see https://example.com/" + "long/" * 100 + ".", 4 + 23 + 1),
        ("https://example.com/\u732b\u0301 x", 23 + 2),
        ("@alice@social.example hi", len("@alice hi")),
        ("@alice hi", 9),
        ("http://u:p@example.com", 22),
    ],
)
def test_length_is_what_people_see_with_every_link_as_23(text: str, expected: int) -> None:
    assert markup.length(text) == expected


@given(
    st.text(alphabet=st.sampled_from("ab\r\n\u0301\u200d\U0001f1e9\U0001f1ea\U0001f469\U0001f3fd\ufe0f\u0915\u094d"))
)
def test_without_links_length_is_the_number_of_grapheme_clusters(text: str) -> None:
    assert markup.length(text) == len(regex.findall(r"\X", text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@alice", ("alice",)),
        ("hi @Alice, .@BOB and (@carl_9)!", ("alice", "bob", "carl_9")),
        ("@alice @ALICE @alice", ("alice",)),
        ("@b @a", ()),
        ("@" + "a" * 30, ("a" * 30,)),
        ("@" + "a" * 31, ()),
        ("mail bob@example.com", ()),
        ("@bob@example.com @carl", ("carl",)),
        ("@bob.smith@example.com", ()),
        ("@alice.", ("alice",)),
        ("word@alice x/@alice", ()),
        ("@@alice ?by=@alice @http://a.b", ()),
        ("@alic\u00e9 @alice\u0301", ()),
        ("@\u212aelvin", ()),
        ("https://social.example/@alice", ()),
        ("\u732b@alice", ()),
    ],
)
def test_mentions_are_usernames_outside_of_words_addresses_and_links(text: str, expected: tuple[str, ...]) -> None:
    assert markup.parse(text).mentions == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#Tag #tag #TAG", [("tag", "Tag")]),
        ("(#one),#two.", [("one", "one"), ("two", "two")]),
        ("#1 #2024 #_ #1_2", []),
        ("#1a #a_1", [("1a", "1a"), ("a_1", "a_1")]),
        ("\uff03\u65e5\u672c\u8a9e", [("\u65e5\u672c\u8a9e", "\u65e5\u672c\u8a9e")]),
        ("#\u0939\u093f\u0928\u094d\u0926\u0940", [("\u0939\u093f\u0928\u094d\u0926\u0940",) * 2]),
        ("#\u0645\u06cc\u200c\u062e\u0648", [("\u0645\u06cc\u062e\u0648", "\u0645\u06cc\u200c\u062e\u0648")]),
        ("#Stra\u00dfe #STRASSE", [("strasse", "Stra\u00dfe")]),
        ("#\uff34\uff41\uff47", [("tag", "\uff34\uff41\uff47")]),
        (
            "#\ufdfa",
            [("\u0635\u0644\u0649\u0627\u0644\u0644\u0647\u0639\u0644\u064a\u0647\u0648\u0633\u0644\u0645", "\ufdfa")],
        ),
        ("word#no x/#no &#39; ##no", []),
        ("#\ufe0f\u20e3no", []),
        ("https://example.com/#no example.com/#no", []),
        ("#" + "a" * 100, [("a" * 100,) * 2]),
        ("#" + "a" * 101, []),
        ("#a" + "\ufe0f" * 100, []),
        ("#" + "\ufdfa" * 20, []),
    ],
)
def test_hashtags_have_one_key_for_all_spellings(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(tag.key, tag.name) for tag in markup.parse(text).hashtags] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see https://example.com/a.", ["https://example.com/a"]),
        ("HTTPS://Example.com", ["HTTPS://Example.com"]),
        ("(http://a.b/c) [http://a.b/d]", ["http://a.b/c", "http://a.b/d"]),
        ("https://en.wiki.example/Foo_(bar)!", ["https://en.wiki.example/Foo_(bar)"]),
        ("[x](http://a.b/c),[y](http://d.e)", ["http://a.b/c", "http://d.e"]),
        ("http://a.b/((", ["http://a.b/"]),
        ("http://a.b?q=[1]&r=2#f, ok", ["http://a.b?q=[1]&r=2#f"]),
        ('"http://a.b/c" <http://a.b/d>', ["http://a.b/c", "http://a.b/d"]),
        ("\u898b\u3066http://a.b/\u732b\u3002\u7d42", ["http://a.b/\u732b"]),
        ("http://nas:5000/x http://[::1]:80/", ["http://nas:5000/x", "http://[::1]:80/"]),
        ("http://a.b http://a.b", ["http://a.b"]),
        ("https://example.com: yes", ["https://example.com"]),
        ("https://a.b/" + "x" * 2036, ["https://a.b/" + "x" * 2036]),
        ("https://a.b/" + "x" * 2037, []),
        ("javascript:alert(1) data:text/html,x ftp://a.b vbscript:http", []),
        ("xhttp://a.b http:/a.b http:// http://. http://_", []),
        ("http://good.example@evil.example/ http://u:p@evil.example #no", []),
        ("http://good.example\\@evil.example", ["http://good.example"]),
        ("http://http://a.b", []),
        ("http://a.b:99999/ http://a.b:x/ http://[1:2]/ http://" + "a" * 64 + ".b", []),
        ("http://a.b/\u202egpj.exe", ["http://a.b/"]),
    ],
)
def test_links_are_http_without_the_punctuation_of_the_sentence(text: str, expected: list[str]) -> None:
    assert list(markup.parse(text).links) == expected


def test_entities_stand_in_order_with_their_places_in_the_text() -> None:
    text = "\U0001f469 @Alice: https://a.b/#no and #Tag"
    found = [(entity.kind, text[entity.start : entity.end], entity.value) for entity in markup.parse(text).entities]
    assert found == [
        (EntityKind.MENTION, "@Alice", "alice"),
        (EntityKind.LINK, "https://a.b/#no", "https://a.b/#no"),
        (EntityKind.HASHTAG, "#Tag", "tag"),
    ]


@given(texts)
def test_places_slice_back_to_what_stands_there(text: str) -> None:
    position = 0
    for entity in markup.parse(text).entities:
        assert position <= entity.start < entity.end <= len(text)
        position = entity.end
        written = text[entity.start : entity.end]
        if entity.kind is EntityKind.MENTION:
            assert written.lower() == f"@{entity.value}"
        elif entity.kind is EntityKind.HASHTAG:
            assert markup.hashtag_key(written[1:]) == entity.value
        else:
            assert written == entity.value
            assert written.lower().startswith(("http://", "https://"))


@given(texts)
def test_the_lists_hold_what_the_entities_say_each_once(text: str) -> None:
    parsed = markup.parse(text)
    for kind, values in (
        (EntityKind.MENTION, parsed.mentions),
        (EntityKind.HASHTAG, tuple(tag.key for tag in parsed.hashtags)),
        (EntityKind.LINK, parsed.links),
    ):
        assert values == tuple(dict.fromkeys(entity.value for entity in parsed.entities if entity.kind is kind))


@given(texts, texts)
def test_two_texts_with_a_space_between_keep_what_each_refers_to(left: str, right: str) -> None:
    one, other, both = markup.parse(left), markup.parse(right), markup.parse(f"{left} {right}")
    assert both.mentions == tuple(dict.fromkeys(one.mentions + other.mentions))
    assert both.links == tuple(dict.fromkeys(one.links + other.links))
    assert len(both.entities) == len(one.entities) + len(other.entities)


@given(st.from_regex(r"[a-z0-9_]{2,30}", fullmatch=True), st.sampled_from([str.lower, str.upper, str.title]))
def test_every_username_can_be_mentioned_in_any_case(name: str, spelling: Callable[[str], str]) -> None:
    assert markup.parse(f"hello @{spelling(name)}!").mentions == (name,)


@given(st.text(max_size=30))
def test_a_key_is_its_own_key_whatever_the_case(name: str) -> None:
    key = markup.hashtag_key(name)
    assert markup.hashtag_key(key) == key
    assert markup.hashtag_key(name.casefold()) == key


@given(texts)
def test_cleaning_changes_newlines_and_the_edges_only_and_only_once(text: str) -> None:
    cleaned = markup.clean(text)
    assert markup.clean(cleaned) == cleaned
    assert "\r" not in cleaned
    assert cleaned == cleaned.strip()
    assert "".join(cleaned.split()) == "".join(text.split())


def test_cleaning_keeps_what_stands_inside() -> None:
    assert markup.clean(" \r\n a  b\r\n\r\nc\rd\te\u0301 \n") == "a  b\n\nc\nd\te\u0301"


@pytest.mark.parametrize(
    "text", ["", " \n", "\u200b\u2060", "\u3164", "\u2800", "\u034f", "\u115f\u1160", "\u200e", "\ufe0f", "\U000e0020"]
)
def test_a_text_that_is_drawn_as_nothing_is_blank(text: str) -> None:
    assert markup.is_blank(text)
    assert not markup.is_blank(f"{text}.{text}")


@pytest.mark.parametrize("text", ["x", "\u0301", "\U0001f468\u200d\U0001f469", "\u2801", "\ue000"])
def test_a_text_of_which_something_is_drawn_is_not(text: str) -> None:
    assert not markup.is_blank(text)


@pytest.mark.parametrize("work", [markup.parse, markup.length, markup.clean], ids=["parse", "length", "clean"])
@pytest.mark.parametrize(
    "piece",
    [
        "@", "#", "(", "http://", "http://a/(", "http://a)", "http://a,", "http://a:", "http://a@", "https://[",
        "@a.", "@a@", "@a.b@", "#a", "#a#", "@a://", "#a://", "a.", "http://a.", "\r", "\u0301", "\U0001f1e9",
        "\U0001f468\u200d", "#\u0301", "@aa ", "[](",
    ],
)  # fmt: skip
def test_four_times_the_hostile_text_takes_four_times_the_work_not_sixteen(
    work: Callable[[str], object], piece: str
) -> None:
    assert effort.is_linear(work, piece)


@pytest.mark.parametrize("piece", ["@", "#", "((((", "http://", "\U0001f1e9", "http://a,"])
def test_a_text_of_200_000_hostile_characters_is_read(piece: str) -> None:
    text = (piece * 200_000)[:200_000]
    assert markup.length(text) > 0
    assert len(markup.parse(text).entities) <= len(text)
