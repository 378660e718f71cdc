"""Every letter in every language, and what becomes of words that somebody chose."""

import re
from email.headerregistry import Address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from src import clock
from src.config import Environment
from src.mail import rendering, transport
from src.mail.config import MailSettings
from src.mail.constants import LOCALES
from src.mail.exceptions import UnusableServer
from src.mail.rendering import TEMPLATES

pytestmark = pytest.mark.unit

# The digest is made of parts: tests/notifications.
NAMES = sorted({path.stem for path in TEMPLATES.glob("*/*.txt")} - {"digest"})
VALUES = {
    "username": "ada",
    "link": "https://hearth.example/x#hthl_y",
    "device": "Firefox",
    "address": "192.0.2.7",
    "day": "2026-11-28",
}
HEARTH = Address("Hearth", "hearth", "hearth.example")


@pytest.mark.parametrize("name", NAMES)
def test_every_letter_stands_in_every_language_with_a_subject_of_one_line(name: str) -> None:
    assert rendering.has_template(name)
    letters = [rendering.render(name, locale, VALUES) for locale in LOCALES]
    for letter in letters:
        assert 0 < len(letter.subject) <= 70
        assert "ada" in letter.text
        assert VALUES["link"] in letter.text
        assert f'href="{VALUES["link"]}"' in letter.html
    assert len({letter.subject for letter in letters}) == len(LOCALES)
    assert re.search("[\u0430-\u044f]", letters[LOCALES.index("ru")].subject)


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        rendering.render("confirm_email", "en", {"username": "ada"})


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_word_leaves_its_place(name: str, link: str) -> None:
    words = rendering.render("new_device", "en", VALUES | {"device": name, "link": link})
    words = words._replace(subject=rendering._one_line(name))
    made = rendering.message(words, sender=HEARTH, recipient=Address("", "a", "b.c"), key="k", written_at=clock.now())
    rendering.add_unsubscribe(made, {"unsubscribe_url": link})
    assert not set(made.keys()) - {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
        "List-Unsubscribe", "List-Unsubscribe-Post",
    }  # fmt: skip
    head = made.as_bytes().partition(b"\r\n\r\n")[0]
    assert all(re.match(rb"[\w-]+:( |$)|[ \t]", line) for line in head.split(b"\r\n"))
    assert not re.search(r"<(?!/?(?:html|head|meta|body|p|a|!DOCTYPE)\b)[a-zA-Z!/]", words.html)


def test_a_letter_that_can_be_ended_says_how() -> None:
    words = rendering.render("confirm_email", "en", VALUES)
    made = rendering.message(words, sender=HEARTH, recipient=HEARTH, key="k", written_at=clock.now())
    rendering.add_unsubscribe(made, {"unsubscribe_url": "https://hearth.example/end?x=1"})
    assert made["List-Unsubscribe"] == "<https://hearth.example/end?x=1>"
    assert made["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize(
    ("wanted", "locale"),
    [
        ("ru", "ru"),
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("de, ru;q=0.3, en;q=0.4", "en"),
        ("en;q=0, ru;q=0.1", "ru"),
        ("fr", "en"),
        ("", "en"),
        ("*;q=x,,;", "en"),
        ("ru;q=nan", "en"),
    ],
)
def test_the_language_is_the_closest_of_ours(wanted: str, locale: str) -> None:
    assert rendering.closest_locale(wanted) == locale


@pytest.mark.parametrize(
    "url", ["", "mail.example", "http://mail.example", "smtp://", "smtp://user@host", "smtp://host:port", "smtp://[x"]
)
def test_what_names_no_server_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(UnusableServer) as caught:
        transport.server_of(url)
    assert str(caught.value).count("mail.example") == str(caught.value).count("@mail.example")


def test_a_server_is_read_from_its_address() -> None:
    server = transport.server_of("smtps://ann%40x:p%2Fw@mail.example")
    assert (server.host, server.port, server.tls, server.user, server.password) == (
        "mail.example", 465, True, "ann@x", "p/w",
    )  # fmt: skip
    assert "p/w" not in repr(server)
    assert transport.server_of("smtp://mail.example").port == 587


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"smtp_url": "http://x"}, "SMTP_URL"),
        ({"smtp_url": "smtp://mail.example"}, "MAIL_FROM"),
        ({"mail_from": "Hearth"}, "MAIL_FROM"),
        ({"mail_from": "Hearth <a@b.c"}, "MAIL_FROM"),
        ({"smtp_url": "smtp://mail.example", "mail_from": "a@b.c"}, ""),
        ({"smtp_url": "smtp://127.0.0.1:25"}, ""),
        ({}, ""),
    ],
)
def test_settings_that_no_letter_could_be_sent_with_are_told(fields: dict[str, str], named: str) -> None:
    lines = transport.unfit(MailSettings(**fields), Environment.PRODUCTION)  # type: ignore[arg-type]
    assert [line.startswith(named) for line in lines] == ([True] if named else [])
