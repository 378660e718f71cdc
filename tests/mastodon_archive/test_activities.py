"""Posts out of ActivityPub items: what is taken, how it reads, and why the rest is not."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src import clock
from src.containers.exceptions import ArchiveMalformedFile
from src.mastodon_archive import activities, attachments
from src.mastodon_archive.activities import Actor, Mention, Note, Skip, SkipReason, Visibility
from src.mastodon_archive.attachments import Attachment
from tests.mastodon_archive import archives
from tests.mastodon_archive.archives import FOLLOWERS, PUBLIC, Json, uri

pytestmark = pytest.mark.unit

ALICE = activities.parse_actor(archives.actor())
BOB = "https://other.example/users/bob"


def taken(posted: Json) -> Note:
    item = activities.parse_item(archives.create(posted), ALICE)
    assert isinstance(item, Note), item
    return item


def reason(raw: object) -> SkipReason:
    item = activities.parse_item(raw, ALICE)
    assert isinstance(item, Skip), item
    return item.reason


def test_the_actor_is_read_with_its_bio_as_text() -> None:
    assert Actor(
        uri=archives.ACTOR,
        followers=FOLLOWERS,
        username="alice",
        name="Alice :blobcat:",
        bio="Tea & trains\nshe/her",
    ) == activities.parse_actor(archives.actor())


@pytest.mark.parametrize("raw", [None, [], {}, {"id": "x"}, {"id": archives.ACTOR}, {"preferredUsername": "alice"}])
def test_an_actor_without_id_or_name_is_refused(raw: object) -> None:
    with pytest.raises(ArchiveMalformedFile):
        activities.parse_actor(raw)


def test_a_post_is_read_with_all_that_mastodon_says_of_it() -> None:
    html = (
        f"<p>{archives.mention_html('bob', 'web.other.example')} look: "
        f"{archives.link_html('https://a.example/x')}<br />"
        f"{archives.hashtag_html('Tea')}</p>"
    )
    posted = archives.note(
        7,
        html,
        contentMap={"de": html},
        summary=" Food ",
        sensitive=True,
        updated="2022-11-06T00:00:00Z",
        inReplyTo=uri(3),
        to=[FOLLOWERS],
        cc=["https://web.other.example/users/bob"],
        attachment=[archives.picture()],
        tag=[
            archives.mention("@bob@other.example", "https://web.other.example/users/bob"),
            {"type": "Hashtag", "href": f"https://{archives.HOST}/tags/tea", "name": "#tea"},
            {"type": "Emoji", "name": ":blobcat:"},
        ],
    )
    assert taken(posted) == Note(
        uri=uri(7),
        published=datetime(2022, 11, 5, 14, 3, 22, tzinfo=UTC),
        edited=datetime(2022, 11, 6, tzinfo=UTC),
        text="@bob@other.example look: https://a.example/x\n#Tea",
        content_warning="Food",
        sensitive=True,
        visibility=Visibility.FOLLOWERS,
        in_reply_to=uri(3),
        language="de",
        hashtags=("tea",),
        mentions=(Mention("bob@other.example", "https://web.other.example/users/bob"),),
        attachments=(
            Attachment(archives.PICTURE, "image/png", "A cat", "UuGSjUtS0YIURRnNa*S#", (0.5, -0.25), 600, 338),
        ),
    )


def test_people_of_the_old_server_get_its_host() -> None:
    posted = archives.note(
        1,
        archives.mention_html("carl", archives.HOST),
        tag=archives.mention("@carl", f"https://{archives.HOST}/users/carl"),
    )
    note = taken(posted)
    assert note.text == f"@carl@{archives.HOST}"
    assert [mention.address for mention in note.mentions] == [f"carl@{archives.HOST}"]


@pytest.mark.parametrize(
    ("to", "cc", "expected"),
    [
        ([PUBLIC], [FOLLOWERS, BOB], Visibility.PUBLIC),
        (["as:Public"], [], Visibility.PUBLIC),
        ("Public", None, Visibility.PUBLIC),
        ([FOLLOWERS], [PUBLIC, BOB], Visibility.PUBLIC),
        ([FOLLOWERS], [BOB], Visibility.FOLLOWERS),
        (FOLLOWERS, [], Visibility.FOLLOWERS),
        ([{"id": FOLLOWERS}], [], Visibility.FOLLOWERS),
        ([BOB], [], Visibility.MENTIONED),
        ([], [], Visibility.MENTIONED),
        (None, None, Visibility.MENTIONED),
        ([BOB], [FOLLOWERS], Visibility.MENTIONED),
        ([f"{BOB}/followers"], [], Visibility.MENTIONED),
        ([7, ["x"], None], {"a": 1}, Visibility.MENTIONED),
    ],
)
def test_visibility_is_read_as_mastodon_writes_it_and_never_widened(
    to: object, cc: object, expected: Visibility
) -> None:
    assert taken(archives.note(1, to=to, cc=cc)).visibility is expected


def test_the_audience_of_the_activity_counts_only_if_the_post_names_none() -> None:
    posted = archives.note(1)
    del posted["to"], posted["cc"]
    outer = archives.create(posted) | {"to": [PUBLIC], "cc": []}
    item = activities.parse_item(outer, ALICE)
    assert isinstance(item, Note)
    assert item.visibility is Visibility.PUBLIC
    narrow = archives.create(archives.note(1, to=[BOB], cc=[])) | {"to": [PUBLIC]}
    item = activities.parse_item(narrow, ALICE)
    assert isinstance(item, Note)
    assert item.visibility is Visibility.MENTIONED


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (archives.announce(1), SkipReason.BOOST),
        (archives.create(archives.note(1, type="Question", oneOf=[])), SkipReason.POLL),
        (archives.create(archives.note(1, type="Article")), SkipReason.OTHER_KIND),
        (archives.create(archives.note(1)) | {"type": "Delete"}, SkipReason.OTHER_KIND),
        (archives.create(archives.note(1, inReplyTo=f"{BOB}/statuses/1")), SkipReason.REPLY_TO_OTHER),
        (archives.create(archives.note(1, inReplyTo=f"{archives.ACTOR}2/statuses/1")), SkipReason.REPLY_TO_OTHER),
        (archives.create(archives.note(1, inReplyTo=7)), SkipReason.REPLY_TO_OTHER),
        (archives.create(archives.note(1, attributedTo=BOB)), SkipReason.NOT_OWN),
        (archives.create(archives.note(1, "<p> </p>")), SkipReason.WITHOUT_TEXT),
        (archives.create(archives.note(1, "")), SkipReason.WITHOUT_TEXT),
        (archives.create(archives.note(1, "x" * 200_001)), SkipReason.TOO_LONG),
        (archives.create(archives.note(1, id="not an address")), SkipReason.MALFORMED),
        (archives.create(archives.note(1, id="javascript:alert(1)")), SkipReason.MALFORMED),
        (archives.create(archives.note(1, id="https://a.example/" + "x" * 2048)), SkipReason.MALFORMED),
        (archives.create(archives.note(1, type=None)), SkipReason.MALFORMED),
        (archives.create(archives.note(1, content=None, contentMap={"en": 7})), SkipReason.MALFORMED),
        ({"type": "Create", "object": "https://social.example/1"}, SkipReason.MALFORMED),
        ({}, SkipReason.MALFORMED),
        (None, SkipReason.MALFORMED),
        ([1], SkipReason.MALFORMED),
        ("text", SkipReason.MALFORMED),
    ],
)
def test_what_is_no_post_of_ones_own_is_skipped_with_its_reason(raw: object, expected: SkipReason) -> None:
    assert reason(raw) is expected


def test_a_skip_names_the_item() -> None:
    reply = archives.create(archives.note(9, inReplyTo=f"{BOB}/statuses/1"))
    assert activities.parse_item(reply, ALICE) == Skip(SkipReason.REPLY_TO_OTHER, uri(9))
    assert activities.parse_item(archives.announce(5), ALICE) == Skip(SkipReason.BOOST, f"{uri(5)}/activity")
    assert activities.parse_item({"type": "Create", "id": 5}, ALICE) == Skip(SkipReason.MALFORMED, None)


@pytest.mark.parametrize(
    "published",
    [
        None, 7, "", "yesterday", "1969-12-31T23:59:59Z", "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00",
        "2022-13-01T00:00:00Z", "2022-11-05T14:03:22Z" + " " * 64, "2022-02-30",
    ],
)  # fmt: skip
def test_a_post_without_a_sane_date_is_skipped(published: object) -> None:
    assert reason(archives.create(archives.note(1, published=published))) is SkipReason.BAD_DATE


def test_dates_reach_from_1970_to_tomorrow() -> None:
    assert taken(archives.note(1, published="1970-01-01T00:00:00Z")).published == datetime(1970, 1, 1, tzinfo=UTC)
    later = (clock.now() + timedelta(hours=30)).isoformat()
    assert reason(archives.create(archives.note(1, published=later))) is SkipReason.BAD_DATE
    with clock.shifted(timedelta(hours=12)):
        assert taken(archives.note(1, published=later)).published.isoformat() == later


def test_other_zones_and_none_are_read_as_utc() -> None:
    expected = datetime(2022, 11, 5, 12, tzinfo=UTC)
    for published in ("2022-11-05T14:00:00+02:00", "2022-11-05T12:00:00", "2022-11-05T12:00:00.000Z"):
        assert taken(archives.note(1, published=published)).published == expected


@pytest.mark.parametrize("updated", [None, 5, "never", archives.PUBLISHED, "2022-11-04T00:00:00Z"])
def test_an_edit_before_the_post_is_none(updated: object) -> None:
    assert taken(archives.note(1, updated=updated)).edited is None


@pytest.mark.parametrize(
    ("content_map", "language"),
    [
        ({"de": "<p>Hello</p>"}, "de"),
        ({"en": "other", "pt-BR": "<p>Hello</p>"}, "pt-BR"),
        ({"en": "other"}, None),
        ({"<script>": "<p>Hello</p>"}, None),
        ({}, None),
        (None, None),
        ("en", None),
    ],
)
def test_the_language_is_the_one_of_the_text(content_map: object, language: str | None) -> None:
    assert taken(archives.note(1, contentMap=content_map)).language == language


def test_a_text_that_stands_only_in_the_map_is_taken() -> None:
    note = taken(archives.note(1, content=None, contentMap={"fr": "<p>Bonjour</p>"}))
    assert (note.text, note.language) == ("Bonjour", "fr")


def test_what_no_database_stores_becomes_a_replacement_character() -> None:
    note = taken(archives.note(1, "<p>a\0b\ud800c</p>", summary="\udfff!", tag={"type": "Hashtag", "name": "#a\0"}))
    assert (note.text, note.content_warning, note.hashtags) == ("a\ufffdb\ufffdc", "\ufffd!", ("a\ufffd",))


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("media_attachments/files/1/a.png", "media_attachments/files/1/a.png"),
        ("/system/media_attachments/files/1/a.png", "media_attachments/files/1/a.png"),
        ("/bucket/media_attachments/files/1/a.png", "media_attachments/files/1/a.png"),
        ("https://files.example/b/media_attachments/files/1/a%20b.png?x#y", "media_attachments/files/1/a b.png"),
        ("/other/a.png", "other/a.png"),
        ("media_attachments/../../etc/passwd", None),
        ("media_attachments/%2e%2e/x", None),
        ("C:\\x", None),
        ("https://[bad", None),
        ("", None),
    ],
)
def test_a_picture_is_found_where_the_archive_has_it(url: str, path: str | None) -> None:
    assert attachments.archive_path(url) == path


def test_broken_details_of_a_picture_are_left_out_and_the_picture_stays() -> None:
    raw = archives.picture(
        name=7, mediaType=None, blurhash="x" * 201, focalPoint=[float("nan"), 0], width=True, height=10**9
    )
    assert attachments.parse([raw]) == (Attachment(archives.PICTURE, None, None, None, None, None, None),)
    for point in ([0], [0, "x"], [1.5, 0], [float("inf"), 0], "0,0"):
        assert attachments.parse(archives.picture(focalPoint=point))[0].focal_point is None


def test_only_files_are_attachments() -> None:
    card = {"type": "Link", "href": "https://a.example", "url": "https://a.example/x"}
    assert attachments.parse([card, None, 7, archives.picture(url=7), archives.picture(type=["Image"])]) == ()
    assert len(attachments.parse([archives.picture()] * 100)) == 32


def test_whoever_goes_on_in_a_conversation_with_others_is_skipped_all_along() -> None:
    outbox = [
        archives.create(archives.note(1)),
        archives.create(archives.note(2, inReplyTo=uri(1))),
        archives.create(archives.note(3, inReplyTo=f"{BOB}/statuses/1")),
        archives.create(archives.note(4, inReplyTo=uri(3))),
        archives.create(archives.note(5, inReplyTo=uri(4))),
        archives.create(archives.note(6, inReplyTo=uri(2))),
    ]
    items = list(activities.parse_outbox(outbox, ALICE))
    assert [item.uri for item in items if isinstance(item, Note)] == [uri(1), uri(2), uri(6)]
    assert [item.uri for item in items if isinstance(item, Skip)] == [uri(3), uri(4), uri(5)]
    assert {item.reason for item in items if isinstance(item, Skip)} == {SkipReason.REPLY_TO_OTHER}


# Numbers that one kind of number holds and another does not, and times at the edges of the calendar.
EXTREME = [
    *(10**400, -(10**400), 2**63, 1e308, -1e308, math.inf, -math.inf, math.nan),
    *(
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "1e400",
        "\ud800",
        "\0",
        "http://[",
        "&#" + "9" * 5_000,
    ),
]
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
json_values = st.recursive(
    scalars | st.sampled_from([*EXTREME, PUBLIC, uri(1)]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "type", "url", "name"]), inner),
    max_leaves=6,
)


def is_storable(item: Note | Skip) -> bool:
    """Whether the item is a reason, or a post that the database takes."""
    if isinstance(item, Skip):
        return item.reason in SkipReason
    return "\0" not in item.text and bool(item.text.encode()) and item.published.tzinfo is UTC


@given(st.dictionaries(st.sampled_from([*archives.note(1), "updated"]), json_values, max_size=4), json_values)
def test_no_item_of_any_shape_stops_an_import(fields: Json, anything: object) -> None:
    for raw in (archives.create(archives.note(1) | fields), archives.create(archives.note(1)) | fields, anything):
        assert is_storable(activities.parse_item(raw, ALICE))


ITEM_FIELDS = sorted({*archives.create(archives.note(1)), *archives.note(1), "updated", "actor", "attributedTo", "tag"})


@pytest.mark.parametrize("field", ITEM_FIELDS)
@given(json_values)
def test_no_value_of_a_field_stops_an_import(field: str, value: object) -> None:
    for raw in (archives.create(archives.note(1) | {field: value}), archives.create(archives.note(1)) | {field: value}):
        assert is_storable(activities.parse_item(raw, ALICE))


@pytest.mark.parametrize("field", ["href", "name", "type"])
@given(json_values)
def test_no_value_in_a_tag_stops_an_import(field: str, value: object) -> None:
    for tag in (archives.mention("@bob", BOB), {"type": "Hashtag", "name": "#tea"}):
        assert is_storable(activities.parse_item(archives.create(archives.note(1, tag=[tag | {field: value}])), ALICE))


@pytest.mark.parametrize("field", sorted(archives.actor()))
@given(json_values)
def test_an_actor_is_read_or_refused(field: str, value: object) -> None:
    try:
        assert activities.parse_actor(archives.actor() | {field: value}).username
    except ArchiveMalformedFile:
        assert field in {"id", "preferredUsername"}


@pytest.mark.parametrize(
    "field", sorted({"type", "url", "mediaType", "name", "focalPoint", "width", *archives.picture()})
)
@given(json_values | st.lists(scalars | st.sampled_from(EXTREME), min_size=2, max_size=2))
def test_no_attachment_of_any_shape_stops_an_import(field: str, value: object) -> None:
    for attachment in attachments.parse([archives.picture(**{field: value})]):
        assert not attachment.path.startswith("/")
        assert ".." not in attachment.path.split("/")
        assert attachment.focal_point is None or all(-1 <= side <= 1 for side in attachment.focal_point)
