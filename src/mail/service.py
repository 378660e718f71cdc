"""What others do with mail: queue a letter in the unit of work that causes it, and take back what is not sent yet.

    await mail_service.enqueue(session, mail_service.Letter(to, "password_changed", locale, {…}, key=f"…:{id}"))

A letter is sent at least once: a sender that dies between the server's yes and its own note of it has the letter sent
again, with the same Message-ID.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert

from src import clock
from src.config import Environment, Settings, of
from src.database import WriteSession
from src.mail import rendering
from src.mail.config import MailSettings
from src.mail.exceptions import MailNotConfigured
from src.mail.models import QueuedLetter


@dataclass(frozen=True)
class Letter:
    """A letter to one person.

    Attributes:
        to: the bare e-mail address.
        template: a name in `templates/<locale>/`.
        locale: a BCP 47 tag, or what `Accept-Language` says; the closest of our languages is taken.
        values: what the template needs, as JSON can hold it; `unsubscribe_url` becomes a header.
        key: what makes it one letter, at most once in a month; ids and words, for it outlives the letter.
    """

    to: str
    template: str
    locale: str
    values: Mapping[str, object]
    key: str


def is_available() -> bool:
    """Whether letters go anywhere: to a mail server, or in development to the log."""
    return of(MailSettings).smtp_url is not None or of(Settings).environment is Environment.DEVELOPMENT


def require() -> None:
    """Lets pass what is nothing without a letter.

    Raises:
        MailNotConfigured: this server sends none.
    """
    if not is_available():
        raise MailNotConfigured


async def enqueue(session: WriteSession, letter: Letter) -> None:
    """Queues a letter: it is sent once the session is committed. A second one of the same key does nothing.

    A server that sends no mail queues nothing: what is only a notice is left out, what needs one asks `require` first.

    Raises:
        ValueError: there is no such template.
    """
    if not rendering.has_template(letter.template):
        message = f"there is no template {letter.template}"
        raise ValueError(message)
    if not is_available():
        return
    now = clock.now()
    queued = insert(QueuedLetter).values(
        key=letter.key,
        recipient=letter.to,
        template=letter.template,
        locale=rendering.closest_locale(letter.locale),
        values=dict(letter.values),
        created_at=now,
        due_at=now,
        attempts=0,
    )
    await session.execute(queued.on_conflict_do_nothing())


async def forget(session: WriteSession, *, to: str) -> None:
    """Takes back all letters to this address that have not been sent, without a trace."""
    waiting = delete(QueuedLetter).where(func.lower(QueuedLetter.recipient) == func.lower(to))
    await session.execute(waiting.where(QueuedLetter.finished_at.is_(None)))
