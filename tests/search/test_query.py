"""The language of queries: every text can be read."""

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from src.search.constants import MAX_QUERY, MAX_TERMS, Place
from src.search.query import Query, Words, parse

pytestmark = pytest.mark.unit

_TERMS = (
    'word слово " “ - -- : from: from:@ada FROM:Ada has:link in:home in: @ #tag before:2026 after:2026-02-30 '
    'during:2024-02-29 before:9999-12-31 during:2199-12 in:" in:"home" -in:home has:4'
)
_PIECES = st.sampled_from([*_TERMS.split(), "\0", "\ud800", " "])


def day(year: int, month: int, number: int) -> datetime:
    """The first instant of a day."""
    return datetime(year, month, number, tzinfo=UTC)


def test_a_whole_query() -> None:
    found = parse('Winter "first  snow" -rain -"slow train" from:@Ada from:me has:LINK in:home #tea')
    assert found == Query(
        words=(
            Words("Winter"),
            Words("first snow", is_phrase=True),
            Words("rain", is_unwanted=True),
            Words("slow train", is_phrase=True, is_unwanted=True),
            Words("#tea"),
        ),
        authors=("ada", "me"),
        features=("link",),
        places=(Place.HOME,),
        text='Winter "first snow" -rain -"slow train" from:@Ada from:me has:LINK in:home #tea',
    )


def test_chats_are_named_as_their_streams_are() -> None:
    found = parse("tea in:chat:17 IN:Chat:18 in:chat:17")
    assert (found.chats, found.words, found.unread) == ((17, 18), (Words("tea"),), ())


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("before:2026", None, day(2026, 1, 1)),
        ("before:2026-03", None, day(2026, 3, 1)),
        ("before:2026-03-08", None, day(2026, 3, 8)),
        ("after:2026", day(2027, 1, 1), None),
        ("after:2026-12", day(2027, 1, 1), None),
        ("after:2024-02-28", day(2024, 2, 29), None),
        ("after:2024-02-29", day(2024, 3, 1), None),
        ("after:2026-12-31", day(2027, 1, 1), None),
        ("during:2026-2", day(2026, 2, 1), day(2026, 3, 1)),
        ("during:2026 after:2026-03 before:2026-06", day(2026, 4, 1), day(2026, 6, 1)),
    ],
)
def test_dates(text: str, since: datetime | None, until: datetime | None) -> None:
    found = parse(text)
    assert (found.since, found.until, found.words) == (since, until, ())


@pytest.mark.parametrize(
    "text",
    [
        "before:lunch",
        "after:2026-02-30",
        "during:1969",
        "before:2200",
        "in:space",
        "in:@ada",
        'in:"The house"',
        "in:chat:",
        "in:chat:x",
        f"in:chat:{2**63}",
        "from:@",
        "from:ada!",
        'from:""',
        "-from:ada",
        "-in:home",
        "HAS:4",
    ],
)
def test_an_operator_that_means_nothing_is_named_and_no_word(text: str) -> None:
    name = text.removeprefix("-").partition(":")[0].lower()
    assert parse(f"tea {text} {text}") == Query(words=(Words("tea"),), unread=(name,), text=f"tea {text} {text}")


def test_what_an_operator_takes_may_stand_in_quotes_and_an_operator_in_quotes_is_a_word() -> None:
    found = parse('from:"@Ada" in:"home" has:"link" during:"2026-03-08"')
    assert (found.authors, found.places, found.features, found.since) == (
        ("ada",),
        (Place.HOME,),
        ("link",),
        day(2026, 3, 8),
    )
    assert found.unread == ()
    assert parse('"in:space" -"from:ada" in:') == Query(
        words=(
            Words("in:space", is_phrase=True),
            Words("from:ada", is_phrase=True, is_unwanted=True),
            Words("in:"),
        ),
        text='"in:space" -"from:ada" in:',
    )


@pytest.mark.parametrize("text", ["", "   ", '"', '""', "-", "--", "...", "_", ":", '-"!"', "@", "#"])
def test_a_text_without_words_asks_for_nothing(text: str) -> None:
    assert parse(text) == Query(text=" ".join(text.split()))


def test_a_quotation_that_does_not_end_goes_to_the_end() -> None:
    assert parse('say "hello world').words == (Words("say"), Words("hello world", is_phrase=True))
    assert parse("«снег идёт»").words == (Words("снег идёт", is_phrase=True),)


@given(st.text(max_size=2 * MAX_QUERY) | st.lists(_PIECES, max_size=40).map("".join) | st.lists(_PIECES).map(" ".join))
@example("x" * 1000)
def test_every_text_is_read_within_bounds(text: str) -> None:
    found = parse(text)
    terms = (found.words, found.authors, found.features, found.places, found.unread)
    assert sum(len(each) for each in terms) <= MAX_TERMS
    assert all(word.text == " ".join(word.text.split()) for word in found.words)
    assert all(word.is_phrase or " " not in word.text for word in found.words)
    assert not any(set('"“”') & set(word.text) for word in found.words)
    assert all(instant is None or 1970 <= instant.year <= 2200 for instant in (found.since, found.until))


_WORDS = st.from_regex(r"[a-zäж0-9]{1,8}", fullmatch=True)


@given(st.lists(st.tuples(_WORDS, st.lists(_WORDS, max_size=2).map(tuple), st.booleans()), max_size=10, unique=True))
def test_what_is_written_out_is_read_again(written: list[tuple[str, tuple[str, ...], bool]]) -> None:
    words = [
        Words(" ".join([first, *rest]), is_phrase=bool(rest), is_unwanted=unwanted) for first, rest, unwanted in written
    ]
    text = " ".join(
        ("-" if word.is_unwanted else "") + (f'"{word.text}"' if word.is_phrase else word.text) for word in words
    )
    assert parse(text).words == tuple(dict.fromkeys(words))
