"""From a letter to the bytes that a mail server takes.

A template is `templates/<locale>/<name>.txt`: its first line is the subject, the rest the text. Beside it may stand
`<name>.html` for what the text cannot show; without it the HTML part is the text itself, paragraph by paragraph.
Nothing that a person chose can leave its place: HTML is escaped, a header is one line and its own type, an address is
parsed as one.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from email import errors
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from src.config import Settings, of
from src.mail.constants import LOCALES, UNSUBSCRIBE

TEMPLATES = Path(__file__).with_name("templates")

_PARAGRAPHS = re.compile(r"\n\s*\n")
_ADDRESS_ALONE = re.compile(r"https?://\S+")
# Of an address in a header: nothing that could end it or begin another.
_PLAIN_URL = re.compile(r"https?://[!-;=?-~]+")


class Rendered(NamedTuple):
    """A letter in words."""

    subject: str
    text: str
    html: str


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(enabled_extensions=("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def has_template(name: str) -> bool:
    """Whether there is such a template in every language."""
    return all((TEMPLATES / locale / f"{name}.txt").is_file() for locale in LOCALES)


def closest_locale(wanted: str) -> str:
    """The language of ours that is closest to a BCP 47 tag or to the field `Accept-Language` (RFC 9110, 12.5.4)."""
    weighed: list[tuple[float, str]] = []
    for part in wanted[:1000].split(","):
        tag, _, parameter = part.strip().partition(";")
        weighed.append((_weight(parameter), tag.partition("-")[0].lower()))
    # The sort is stable: of equal weights the first one counts.
    ordered = (tag for weight, tag in sorted(weighed, key=lambda pair: -pair[0]) if weight > 0)
    return next((tag for tag in ordered if tag in LOCALES), LOCALES[0])


def render(template: str, locale: str, values: Mapping[str, object]) -> Rendered:
    """The letter's subject, text and HTML; `locale` is one of ours, `site` may be among the values.

    Raises:
        jinja2.TemplateError: there is no such template, or a value that it needs is missing.
    """
    known = {"site": site_name(), **values}
    head, _, body = _environment().get_template(f"{locale}/{template}.txt").render(known).partition("\n")
    text = body.strip() + "\n"
    if (TEMPLATES / locale / f"{template}.html").is_file():
        html = _environment().get_template(f"{locale}/{template}.html").render(known)
    else:
        paragraphs = [(part, _ADDRESS_ALONE.fullmatch(part)) for part in _PARAGRAPHS.split(text.strip())]
        html = _environment().get_template("paragraphs.html").render(locale=locale, paragraphs=paragraphs)
    return Rendered(_one_line(head), text, html)


def message(letter: Rendered, *, sender: Address, recipient: Address, key: str, written_at: datetime) -> EmailMessage:
    """The message; the same letter always makes the same `Message-ID` and `Date`, so that a double is seen as one."""
    made = EmailMessage(policy=SMTP)
    made["From"] = sender
    made["To"] = recipient
    made["Subject"] = letter.subject
    made["Date"] = written_at
    made["Message-ID"] = f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{sender.domain}>"
    # Nobody's holiday notice should answer it (RFC 3834).
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(letter.text)
    made.add_alternative(letter.html, subtype="html")
    return made


def add_unsubscribe(made: EmailMessage, values: Mapping[str, object]) -> None:
    """The fields by which a mail program offers to end such letters at a click (RFC 2369, RFC 8058)."""
    url = values.get(UNSUBSCRIBE)
    if isinstance(url, str) and _PLAIN_URL.fullmatch(url):
        made["List-Unsubscribe"] = f"<{url}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def address_of(text: str) -> Address:
    """The mailbox that a bare address names; a domain of another script in the form that the net knows.

    Raises:
        ValueError: it names none, or more than one.
    """
    local, _, domain = text.rpartition("@")
    try:
        found = Address(addr_spec=f"{local}@{domain.encode('idna').decode()}")
    except (ValueError, IndexError, errors.HeaderParseError) as error:
        raise ValueError("no address") from error
    if found.addr_spec.rpartition("@")[0] != local or not found.domain:
        raise ValueError("no address")
    return found


def sender_of(text: str) -> Address:
    """Whom MAIL_FROM names: `address` or `Name <address>`.

    Raises:
        ValueError: it names nobody.
    """
    name, bracket, rest = text.strip().partition("<")
    if not bracket:
        return address_of(name)
    if not rest.endswith(">"):
        raise ValueError("no address")
    found = address_of(rest[:-1].strip())
    return Address(_one_line(name).strip('"'), found.username, found.domain)


def site_name() -> str:
    """What people know this server by: the host of its address."""
    url = of(Settings).hearth_url
    return (urlsplit(url).hostname if url else None) or "Hearth"


def _weight(parameter: str) -> float:
    name, _, number = parameter.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return float(number)
    except ValueError:
        return 0.0


def _one_line(text: str) -> str:
    """The words with single spaces between them: no sign of it can end a header."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
