"""What programs say through hooks, as they say it to Slack."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from src.chats import hook_texts
from src.chats.constants import MAX_HOOK_BODY, MAX_TEXT
from src.chats.hook_schemas import HookMessage

pytestmark = pytest.mark.unit


def text_of(**said: object) -> str:
    """The text of a message that need not be cut."""
    text, is_cut = hook_texts.text_of(HookMessage.model_validate(said))
    assert not is_cut
    return text


def test_a_text_is_the_message() -> None:
    assert text_of(text=" The **backup** is done.\n") == "The **backup** is done."
    assert text_of(text="up", username="Uptime", channel="#ops", icon_emoji=":fire:", blocks=[{"type": "x"}]) == "up"


def test_an_attachment_stands_below_with_its_title() -> None:
    alert = {
        "color": "#D63232",
        "title": "[FIRING:1] Disk full",
        "title_link": "https://grafana.example/alerting/1",
        "text": "**Value:** 97",
        "fallback": "[FIRING:1] Disk full",
        "footer": "Grafana",
    }
    shown = "[[FIRING:1] Disk full](https://grafana.example/alerting/1)\n**Value:** 97"
    assert text_of(text="", attachments=[alert]) == shown
    assert text_of(text="Look:", attachments=[{"pretext": "now", "title": "Down"}]) == "Look:\n\nnow\nDown"
    assert text_of(attachments=[{"fallback": "Build 7 failed"}, {"fallback": "  "}]) == "Build 7 failed"
    assert text_of(attachments=[{"title_link": "https://ci.example/7", "text": "failed"}]) == "failed"
    assert text_of(attachments=[{"pretext": "now", "title": " ", "text": "Down"}]) == "now\nDown"
    assert text_of(text=None, attachments=None) == ""


def test_of_blocks_alone_the_words_are_taken() -> None:
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": "Build 7 failed"}},
        {"type": "divider"},
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": "<https://ci.example/7|The log> says why."},
            "fields": [{"type": "mrkdwn", "text": "Branch: main"}, {"type": "mrkdwn", "text": "By: ada"}],
        },
        {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Again"}}]},
        {"type": "context", "elements": [{"type": "image", "alt_text": "x"}, {"type": "mrkdwn", "text": "12 s"}]},
    ]
    said = "Build 7 failed\n\n[The log](https://ci.example/7) says why.\nBranch: main\nBy: ada\n\n12 s"
    assert text_of(blocks=blocks) == said
    # What the text says already is not said twice, and nothing else is lost.
    assert text_of(text="Build 7 failed", blocks=blocks) == said
    assert text_of(text="Look:", blocks=blocks) == f"Look:\n\n{said}"
    assert text_of(text="Build 7 failed again", blocks=blocks[:1]) == "Build 7 failed again"
    attached = [{"color": "#f00", "fallback": "It failed", "blocks": blocks[:1]}]
    assert text_of(attachments=attached) == text_of(attachments=attached, blocks=blocks[:1]) == "Build 7 failed"
    assert text_of(attachments=[{"fallback": "It failed", "blocks": []}]) == "It failed"
    assert text_of(attachments=[{"title": "Down", "blocks": blocks[:1]}]) == "Down"


def test_of_a_rich_text_the_words_are_taken() -> None:
    def words(text: str) -> dict[str, object]:
        return {"type": "rich_text_section", "elements": [{"type": "text", "text": text, "style": {"bold": True}}]}

    runs: list[dict[str, object]] = [
        {"type": "text", "text": "Build &amp; "},
        {"type": "link", "url": "https://ci.example/7", "text": "log"},
        {"type": "user", "user_id": "U1"},
        {"type": "link", "url": "https://ci.example"},
    ]
    elements = [
        {"type": "rich_text_section", "elements": runs},
        {"type": "rich_text_list", "style": "bullet", "elements": [words("one"), words("two")]},
        {"type": "rich_text_section", "elements": []},
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "a <b>"}]},
    ]
    said = "Build &amp; [log](https://ci.example/7)U1https://ci.example\none\ntwo\n```\na <b>\n```"
    assert text_of(blocks=[{"type": "rich_text", "elements": elements}]) == said


@pytest.mark.parametrize(
    ("run", "shown"),
    [
        ({"type": "date", "timestamp": 1720710212, "format": "{date}", "fallback": "July 11"}, "July 11"),
        ({"type": "date", "timestamp": 1, "url": "https://x", "fallback": "July 11"}, "[July 11](https://x)"),
        ({"type": "emoji", "name": "wave", "unicode": "1f44b"}, ":wave:"),
        ({"type": "user", "user_id": "U1"}, "U1"),
        ({"type": "user", "user_id": "@ada"}, "ada"),
        ({"type": "usergroup", "usergroup_id": "S1"}, "S1"),
        ({"type": "channel", "channel_id": "C1"}, "#C1"),
        ({"type": "broadcast", "range": "here"}, "here"),
        ({"type": "link", "url": "mailto:ops@x.example", "text": "Ops"}, "Ops (ops@x.example)"),
        ({"type": "text", "text": "*a* <b> **c**"}, "*a* <b> **c**"),
        ({"type": "color"}, ""),
    ],
)
def test_a_run_that_only_names_something_is_a_word(run: dict[str, object], shown: str) -> None:
    elements = [{"type": "rich_text_section", "elements": [run]}]
    assert text_of(blocks=[{"type": "rich_text", "elements": elements}]) == shown


@pytest.mark.parametrize(
    ("words", "fence"), [("a\n  *b* </b>", "```"), ("a ```` b", "`" * 5), ("`", "```"), ("\n```", "````")]
)
def test_what_is_preformatted_stands_between_fences(words: str, fence: str) -> None:
    elements = [{"type": "rich_text_preformatted", "elements": [{"type": "text", "text": words}]}]
    blocks = [{"type": "rich_text", "elements": elements}]
    assert text_of(blocks=blocks) == f"{fence}\n{words}\n{fence}"
    empty = [{"type": "rich_text_preformatted", "elements": [{"type": "text", "text": " \n"}]}]
    assert text_of(text="x", blocks=[{"type": "rich_text", "elements": empty}]) == "x"


def test_what_is_preformatted_in_the_text_is_not_said_again() -> None:
    elements = [{"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "make all"}]}]
    assert text_of(text="`make all`", blocks=[{"type": "rich_text", "elements": elements}]) == "`make all`"


def test_markdown_is_taken_as_it_is() -> None:
    said = {"type": "markdown", "text": "# Build 7\n*failed* **again**, R&amp;D, <https://x|log>"}
    assert text_of(blocks=[said]) == "# Build 7\n*failed* **again**, R&D, [log](https://x)"
    assert text_of(text="It failed", blocks=[{"type": "markdown"}]) == "It failed"


@pytest.mark.parametrize(
    "blocks",
    [None, [], [{}, {"type": []}, {"type": "section"}, {"type": "x", "text": "y"}, {"type": "header", "text": {}}]],
)
def test_what_is_no_block_says_nothing(blocks: object) -> None:
    assert text_of(blocks=blocks) == ""


def test_links_are_written_as_here() -> None:
    assert text_of(text="<https://ci.example/7|Build 7> of <https://ci.example>") == (
        "[Build 7](https://ci.example/7) of https://ci.example"
    )
    for other in ("<script>", "a <b| c>", "<https://x|>", "<ftp://x|y>", "<https://x y|z>"):
        assert text_of(text=other) == other


def test_addresses_of_mail_and_telephones_stand_behind_their_words() -> None:
    assert text_of(text="<mailto:ops@x.example|Ops> <tel:+123|call>") == "Ops (ops@x.example) call (+123)"
    assert text_of(text="<mailto:ops@x.example|ops@x.example> <tel:+123>") == "ops@x.example +123"
    assert text_of(text="<mailto:ops@x.example?subject=Disk&amp;cc=a|Ops>") == "Ops (ops@x.example)"
    assert text_of(text="`<tel:+123|call>` <tel:> <mailto:|x>") == "`<tel:+123|call>` <tel:> <mailto:|x>"
    assert text_of(attachments=[{"title": "Ops", "title_link": "mailto:ops@x.example"}]) == "Ops (ops@x.example)"


def test_what_had_to_be_escaped_is_shown_as_meant() -> None:
    assert text_of(text="R&amp;D: 1 &lt; 2 &gt; 0, `a &amp;&amp; b`") == "R&D: 1 < 2 > 0, `a && b`"
    assert text_of(text="&amp;lt; &copy; & &lt;https://x|y&gt;") == "&lt; &copy; & <https://x|y>"
    assert text_of(text="<https://x/?a=1&amp;b=2|A &amp; B>") == "[A & B](https://x/?a=1&b=2)"
    alert = {"pretext": "1 &lt; 2", "title": "R&amp;D", "text": "&gt;", "fields": [{"title": "&lt;", "value": "&gt;"}]}
    assert text_of(attachments=[alert]) == "1 < 2\nR&D\n>\n<: >"
    assert text_of(attachments=[{"fallback": "R&amp;D"}]) == "R&D"
    plain = [{"type": "header", "text": {"type": "plain_text", "text": "R&amp;D"}}]
    assert text_of(text="R&amp;D", blocks=plain) == "R&D"


def test_names_are_words_that_notify_nobody() -> None:
    assert text_of(text="<!channel> <!here|here> <!everyone>: done") == "channel here everyone: done"
    assert text_of(text="<@U123> <@U123|ada> <#C1|ops> <#C1>") == "U123 ada #ops #C1"
    assert text_of(text="<!subteam^S1|@devs> <!date^1^{date}|Feb 18>") == "devs Feb 18"
    assert text_of(text="`<@U123>` ```\n<!here>\n```") == "`<@U123>` ```\n<!here>\n```"


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("*bold*, (*two words*) ~struck~ _it_", "**bold**, (**two words**) ~~struck~~ _it_"),
        ("*_a_* ~*b*~ *~c~*", "**_a_** ~~**b**~~ **~~c~~**"),
        ("*<https://x/*y*|z>* *a `*b*` c*", "**[z](https://x/*y*)** **a `*b*` c**"),
        ("**bold** ~~struck~~ ***both***", "**bold** ~~struck~~ ***both***"),
        ("<https://x|a *b*> <https://x|a ~b~>", "[a *b*](https://x) [a ~b~](https://x)"),
        ("~ a~\n~b ~\nc~d~\n~e~f\n* g*\n*h *", "~ a~\n~b ~\nc~d~\n~e~f\n* g*\n*h *"),
        (">*Title*\n>>> *a*\n&gt;~b~", ">**Title**\n>>> **a**\n>~~b~~"),
        ("* one\n* two *\n2*3*4 a*b* *c*d", "* one\n* two *\n2*3*4 a*b* *c*d"),
        ("`*a*` ```\n~b~\n*c*\n``` https://x/~a/~b *a\nb*", "`*a*` ```\n~b~\n*c*\n``` https://x/~a/~b *a\nb*"),
    ],
)
def test_emphasis_is_written_as_here(sent: str, shown: str) -> None:
    assert text_of(text=sent) == shown
    assert text_of(attachments=[{"fields": [{"value": sent}]}]) == text_of(attachments=[{"text": sent}]) == shown
    assert text_of(blocks=[{"type": "section", "text": {"type": "mrkdwn", "text": sent}}]) == shown


def test_a_plain_text_has_no_emphasis() -> None:
    assert text_of(blocks=[{"type": "header", "text": {"type": "plain_text", "text": "*a* ~b~"}}]) == "*a* ~b~"
    assert text_of(attachments=[{"title": "*a*"}]) == "*a*"


def test_fields_of_an_attachment_are_lines() -> None:
    fields = [
        {"title": "Severity", "value": "page", "short": True},
        {"title": "Value", "value": "97"},
        {"value": "<https://ci.example/7|Log>"},
        {"title": "", "value": None},
        {"title": "Owner"},
    ]
    said = "Severity: page\nValue: 97\n[Log](https://ci.example/7)\nOwner"
    assert text_of(attachments=[{"title": "Down", "fallback": "x", "fields": fields}]) == f"Down\n{said}"
    assert text_of(attachments=[{"fallback": "x", "fields": fields}]) == said
    assert text_of(attachments=[{"fallback": "x", "fields": fields[3:4]}]) == "x"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(5, "5"), (0, "0"), (-1.5, "-1.5"), (True, "true"), (False, "false"), ("5", "5"), (2**53, "9007199254740992")],
)
def test_a_value_may_be_a_number_or_a_truth(value: object, shown: str) -> None:
    fields = [{"title": "Severity", "value": value, "short": True}]
    assert text_of(attachments=[{"fields": fields, "fallback": "f"}]) == f"Severity: {shown}"


@pytest.mark.parametrize("value", [[5], {"a": 5}, "a" * (MAX_HOOK_BODY + 1)])
def test_a_value_is_nothing_else_and_no_longer_than_a_text(value: object) -> None:
    with pytest.raises(ValidationError):
        HookMessage.model_validate({"attachments": [{"fields": [{"value": value}]}]})


def test_a_text_that_is_too_long_loses_its_end() -> None:
    text, is_cut = hook_texts.text_of(HookMessage(text="a" * (MAX_TEXT + 1)))
    assert (is_cut, len(text), text[-2:]) == (True, MAX_TEXT, "a…")
    # No space is left in front of what says so.
    assert hook_texts.text_of(HookMessage(text=f"{'a' * (MAX_TEXT - 3)}   b")) == ("a" * (MAX_TEXT - 3) + "…", True)
    assert hook_texts.text_of(HookMessage(text="a" * MAX_TEXT)) == ("a" * MAX_TEXT, False)


@given(st.text(alphabet="<>|ahtps:/. \n`@#!&;lt*~_", max_size=300), st.lists(st.text(max_size=50), max_size=3))
def test_whatever_is_sent_becomes_a_text_that_fits(text: str, more: list[str]) -> None:
    attachments = [{"text": one.replace("\0", "")} for one in more]
    found, is_cut = hook_texts.text_of(HookMessage.model_validate({"text": text, "attachments": attachments}))
    assert len(found) <= MAX_TEXT
    assert found == found.strip()
    assert not is_cut
