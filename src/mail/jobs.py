"""Sends what is queued, in no transaction, and gives up what is too old."""

import logging
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage

from jinja2 import TemplateError

from src import clock
from src.config import of
from src.database import Database
from src.mail import naming, queries, rendering, service, transport
from src.mail.config import MailSettings
from src.mail.constants import (
    BATCH,
    FIRST_RETRY_SECONDS,
    GIVEN_UP_AFTER,
    LEASE,
    LONGEST_LETTER,
    LONGEST_RETRY_SECONDS,
    Outcome,
)

logger = logging.getLogger("hearth.mail")


async def send(database: Database) -> None:
    """Sends letters until none is due, or until the server is out of reach."""
    while service.is_available():
        now = clock.now()
        async with database.write() as session:
            letters = await queries.claim(session, now=now)
        # Past that, another sender could take what this one is sending.
        begun_by = now + LEASE - LONGEST_LETTER
        if not letters:
            return
        site = await naming.name_of(database)
        if not await _send_batch(database, letters, site, begun_by) or len(letters) < BATCH:
            return


async def purge(database: Database) -> None:
    """Gives up what nobody took for a day and forgets the keys of long ago."""
    async with database.write() as session:
        await queries.purge(session, now=clock.now())


async def _send_batch(database: Database, letters: list[queries.Claimed], site: str, begun_by: datetime) -> bool:
    """Whether the server could be reached to the end; what it was not shown is given back."""
    waiting = list(letters)
    try:
        async with transport.opened(of(MailSettings)) as way:
            while waiting and clock.now() < begun_by:
                await _send_one(database, way, waiting[0], site)
                waiting.pop(0)
    except transport.Unreachable as error:
        logger.warning("The mail server cannot be reached, %d letters wait: %s", len(waiting), error)
        for letter in waiting:
            await _postpone(database, letter)
        return False
    for letter in waiting:
        await _postpone(database, letter)
    return not waiting


async def _send_one(database: Database, way: transport.Transport, letter: queries.Claimed, site: str) -> None:
    try:
        message = _written(letter, site)
        await way.send(message)
    except transport.Postponed as error:
        logger.warning("Letter %s was put off: %s", letter.id, error)
        await _postpone(database, letter)
    except (transport.Refused, ValueError, TemplateError) as error:
        reason = str(error) if isinstance(error, transport.Refused) else type(error).__name__
        logger.warning("Letter %s was refused for good: %s", letter.id, reason)
        await _finish(database, letter, Outcome.REFUSED)
    else:
        await _finish(database, letter, Outcome.SENT)


def _written(letter: queries.Claimed, site: str) -> EmailMessage:
    """The message; raises ValueError for an address that is none, TemplateError for values that do not fit."""
    sender: Address = rendering.sender_of(of(MailSettings).mail_from)
    words = rendering.render(letter.template, letter.locale, {"site": site, **letter.values})
    recipient = rendering.address_of(letter.recipient)
    made = rendering.message(
        words, sender=sender, recipient=recipient, key=letter.key, written_at=letter.created_at.replace(microsecond=0)
    )
    rendering.add_unsubscribe(made, letter.values)
    return made


async def _finish(database: Database, letter: queries.Claimed, outcome: Outcome) -> None:
    async with database.write() as session:
        await queries.finish(session, letter, outcome, now=clock.now())


async def _postpone(database: Database, letter: queries.Claimed) -> None:
    now = clock.now()
    wait = min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2.0 ** (letter.attempts - 1))
    async with database.write() as session:
        if now + timedelta(seconds=wait) > letter.created_at + GIVEN_UP_AFTER:
            await queries.finish(session, letter, Outcome.EXPIRED, now=now)
        else:
            await queries.postpone(session, letter, until=now + timedelta(seconds=wait))
