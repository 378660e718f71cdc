"""What messages look like in a terminal, and what they cannot do to it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src import clock, visible
from src.cli import chat_lines, chat_typed
from src.client import schemas

pytestmark = pytest.mark.unit

ME = schemas.Account(id=1, username="ada")


def message(text: str, **fields: object) -> schemas.Message:
    created_at = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    return schemas.Message.model_validate(
        {"id": 5, "seq": 12, "sender_id": 2, "text": text, "created_at": created_at, **fields}
    )


def chat(**fields: object) -> schemas.Chat:
    usual = {"id": 7, "kind": "direct", "name": None, "members_count": 2, "last_seq": 0, "partner": None}
    return schemas.Chat.model_validate({**usual, "membership": None, **fields})


def test_a_message_has_its_time_its_number_and_its_author() -> None:
    said = message("Dinner at eight?\nOr nine?")
    here = said.created_at.astimezone()
    with clock.shifted(said.created_at - clock.now()):
        assert chat_lines.message(said, "@grace") == f"{here:%H:%M} #12 @grace: Dinner at eight?\n      Or nine?"
        # Of another day, with the day.
        older = message("Tea?", created_at=said.created_at - timedelta(days=40))
        assert chat_lines.message(older, "@grace").startswith("2026-10-12 ")


def test_a_hook_is_named_as_its_maker_has_named_it() -> None:
    hook = schemas.Person(id=3, username="hook_9cf016df7a91", display_name="Back\nups", is_bot=True)
    assert chat_lines.writer(hook) == "Back ups (bot)"
    # Nobody else is named by what they may call themselves.
    assert chat_lines.writer(hook.model_copy(update={"is_bot": False})) == "@hook_9cf016df7a91"
    assert chat_lines.writer(hook.model_copy(update={"username": "weather_bot"})) == "@weather_bot"


def test_what_hangs_on_a_message_stands_behind_it() -> None:
    media = [{"kind": "image", "alt_text": "A cat"}, {"kind": "audio"}]
    reactions = [{"emoji": "👍", "count": 2}]
    edited = message("Look", media=media, reactions=reactions, edited_at=datetime(2026, 11, 21, 12, 1, tzinfo=UTC))
    assert chat_lines.message(edited, "@grace").endswith("@grace: Look (image A cat) (audio) (edited) (👍 2)")
    gone = message("", deleted_at=datetime(2026, 11, 21, 12, 1, tzinfo=UTC))
    assert chat_lines.message(gone, "@grace").endswith("@grace: (deleted)")


def test_chats_are_called_by_their_name_or_their_other_person() -> None:
    grace = {"id": 2, "username": "grace", "display_name": "Grace"}
    assert chat_lines.title(chat(partner=grace), ME) == "@grace"
    assert chat_lines.title(chat(partner={**grace, "id": 1, "username": "ada"}), ME) == "@ada (you)"
    assert chat_lines.title(chat(), ME) == "(somebody who is gone)"
    assert chat_lines.title(chat(name="Film\x1b[2J night"), ME) == "Film?[2J night"
    assert chat_lines.listed(3, "@grace", unread=0, mentions=0) == "  3  @grace"
    assert chat_lines.listed(3, "@grace", unread=2, mentions=1).split() == ["3", "@grace", "2", "new,", "names", "you"]


def test_nobody_forges_lines_of_others() -> None:
    forged = "\n12:00 #9 @boss: Pay!"
    question = {"question": f"When?{forged}", "options": [{"text": f"Now{forged}", "votes": 1}, {"text": "Never"}]}
    poll = schemas.Poll.model_validate({**question, "choices": [1]})
    assert chat_lines.poll(poll).split("\n") == [
        "  When?",
        "      12:00 #9 @boss: Pay!",
        "    1  Now 12:00 #9 @boss: Pay!  1",
        "    2* Never",
    ]
    somebody = {"id": 2, "username": f"eve{forged}", "display_name": forged}
    member = schemas.Member.model_validate({"user": somebody, "role": forged})
    assert "\n" not in chat_lines.member(member)
    assert "\n" not in chat_lines.title(chat(partner=somebody), ME)
    assert "\n" not in chat_lines.reactions([schemas.Reaction(emoji=forged, count=1)])


def test_another_chat_has_one_line() -> None:
    assert chat_lines.brief("Film night", "@grace", "a\nb") == "[Film night] @grace: a b"
    assert chat_lines.brief("@grace", "@grace", "x" * 200) == f"[@grace] {'x' * 97}..."
    assert chat_lines.brief("@grace", "@grace", "x" * 100) == f"[@grace] {'x' * 100}"


def test_a_code_of_an_invite_is_nothing_but_that() -> None:
    assert chat_lines.code("a1b2-c3d4-E5F6-7777") == "a1b2-c3d4-E5F6-7777"
    for name in ("a1b2-c3d4-e5f6-7777 club", "a1b2-c3d4-e5f6-77777", "a1b2-c3d4-e5f6", "film"):
        assert chat_lines.code(name) is None


async def test_what_is_shown_is_cleaned(capsys: pytest.CaptureFixture[str]) -> None:
    chat_typed.Plain().show("@eve\x1b[2J\x9b:\n a\x07")
    assert capsys.readouterr().out == "@eve?[2J?:\n a?\n"


@pytest.mark.parametrize(
    ("text", "seen"),
    [("a\r\nb\n", "a\nb\n"), ("a\rb", "a?b"), ("a\tb", "a    b"), ("Ünï 👩\u200d🚀 שלום", "Ünï 👩\u200d🚀 שלום")],
)
def test_what_can_be_seen_stays(text: str, seen: str) -> None:
    assert visible.clean(text) == seen
    assert visible.line(text) == seen.replace("\n", " ")


@pytest.mark.parametrize(
    "number", [0x61C, 0x200E, 0x200F, 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
)
def test_no_text_turns_another_around(number: int) -> None:
    assert visible.clean(f"Pay {chr(number)}eve") == "Pay ?eve"


@pytest.mark.parametrize(
    "text",
    [
        "\U0001f469\u200d\U0001f4bb \u2764\ufe0f",
        "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \u0601\u0661",
        "co\u00adoperate, a\u2060b",
    ],
    ids=["emoji", "flag", "Persian", "words"],
)
def test_what_scripts_and_emoji_are_made_with_stays(text: str) -> None:
    assert visible.clean(text) == text


@given(st.text())
def test_no_text_commands_the_terminal(text: str) -> None:
    shown = visible.clean(text)
    assert not {*map(ord, shown)} & {*range(10), *range(11, 32), *range(0x7F, 0xA0)}
