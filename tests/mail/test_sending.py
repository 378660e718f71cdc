"""Letters reach a real server once, or are tried again, or end; and nothing of them is left behind."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from pydantic import SecretStr
from sqlalchemy import delete, func, select

from src import clock, config, logs
from src.config import Environment, Settings
from src.database import Database, ReadSession
from src.mail import jobs, naming, service
from src.mail.config import MailSettings
from src.mail.constants import GIVEN_UP_AFTER, KEPT, LEASE, Outcome
from src.mail.exceptions import MailNotConfigured
from src.mail.models import QueuedLetter
from tests.mail.smtp_server import PASSWORD, USER, Mailbox, certificate, serving

pytestmark = pytest.mark.integration

VALUES = {"username": "ada", "link": "https://hearth.example/account/confirm-email#hthl_x"}


@contextmanager
def smtp(url: str) -> Iterator[None]:
    with config.override(MailSettings, smtp_url=SecretStr(url), mail_from="Домой & Co <hearth@hearth.example>"):
        yield


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    async with serving() as found:
        with smtp(f"smtp://127.0.0.1:{found.port}"):
            yield found


async def put(database: Database, key: str = "confirm:1", to: str = "ada@example.org", **values: object) -> None:
    async with database.write() as session:
        await service.enqueue(session, service.Letter(to, "confirm_email", "en", VALUES | values, key))


async def rows(database: Database) -> list[QueuedLetter]:
    async with database.read() as session:
        return list(await session.scalars(select(QueuedLetter).order_by(QueuedLetter.id)))


async def outcomes(database: Database) -> list[str | None]:
    return [row.outcome for row in await rows(database)]


async def test_a_letter_arrives_whole_and_once_and_leaves_its_key_alone(database: Database, mailbox: Mailbox) -> None:
    with clock.shifted(timedelta(days=365)):
        await put(database)
        await put(database)
        written_at = clock.now()
        for _ in range(2):
            await jobs.send(database)
    (letter,) = mailbox.taken
    assert mailbox.recipients == ["ada@example.org"]
    assert (letter["To"], letter["From"]) == ("ada@example.org", "Домой & Co <hearth@hearth.example>")
    assert letter["Subject"] == "Confirm your e-mail address"
    assert abs(letter["Date"].datetime - written_at) < timedelta(minutes=1)
    assert letter["Auto-Submitted"] == "auto-generated"
    plain, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert VALUES["link"] in plain.get_content()
    assert f'href="{VALUES["link"]}"' in html.get_content()
    (row,) = await rows(database)
    assert (row.key, row.outcome) == ("confirm:1", Outcome.SENT)
    assert (row.recipient, row.template, row.locale, row.values) == (None, None, None, None)


async def test_a_letter_calls_the_server_by_its_name(database: Database, mailbox: Mailbox) -> None:
    async def named(_session: ReadSession) -> str:
        return "Elm Street"

    naming.attach(database, named)
    await put(database)
    await jobs.send(database)
    assert "your account at Elm Street" in mailbox.taken[0].as_string()


async def test_the_same_key_always_has_the_same_message_id(database: Database, mailbox: Mailbox) -> None:
    for key in ("one", "two"):
        await put(database, key)
    await jobs.send(database)
    async with database.write() as session:
        await session.execute(delete(QueuedLetter))
    await put(database, "one")
    await jobs.send(database)
    first, second, again = (letter["Message-ID"] for letter in mailbox.taken)
    assert first == again != second
    assert first.endswith("@hearth.example>")


async def test_a_letter_waits_for_its_change_and_goes_with_it(database: Database, mailbox: Mailbox) -> None:
    letter = service.Letter("a@b.c", "confirm_email", "en", VALUES, "gone")

    async def fail() -> None:
        async with database.write() as session:
            await service.enqueue(session, letter)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    await jobs.send(database)
    assert (mailbox.taken, await rows(database)) == ([], [])


@pytest.mark.parametrize("way", ["smtps", "smtp"])
async def test_it_is_encrypted_and_signed_in(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    context, trusted = certificate(tmp_path)
    parts = {"tls": context} if way == "smtps" else {"start_tls": context}
    async with serving(**parts) as mailbox:
        with smtp(f"{way}://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:{mailbox.port}"):
            await put(database)
            await jobs.send(database)
            # Nobody vouches for the certificate.
            assert mailbox.taken == []
            monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
            with clock.shifted(timedelta(minutes=1)):
                await jobs.send(database)
        assert (mailbox.encrypted, mailbox.signed_in) == ([True], [True])


async def test_a_wrong_password_is_tried_again_later(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, trusted = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    async with serving(tls=context) as mailbox:
        with smtp(f"smtps://{USER}:wrong@127.0.0.1:{mailbox.port}"):
            await put(database)
            await jobs.send(database)
        assert (mailbox.taken, await outcomes(database)) == ([], [None])


async def test_to_another_machine_nothing_goes_in_the_clear(database: Database) -> None:
    async with serving() as mailbox:
        # Short for 127.0.0.1: a name like any other, though it leads here.
        with smtp(f"smtp://127.1:{mailbox.port}"):
            await put(database)
            await jobs.send(database)
        assert (mailbox.taken, await outcomes(database)) == ([], [None])


async def test_what_is_put_off_is_tried_again_ever_later_and_given_up_after_a_day(
    database: Database, mailbox: Mailbox
) -> None:
    mailbox.to_data = "451 greylisted"
    await put(database)
    (row,) = await rows(database)
    waits, began = [], clock.now()
    while row.outcome is None:
        with clock.shifted(row.due_at - clock.now() + timedelta(seconds=1)):
            now = clock.now()
            await jobs.send(database)
            (row,) = await rows(database)
            waits.append((row.due_at - now).total_seconds())
    # Each counts the time that its attempt took as well.
    assert waits[:4] == pytest.approx([15, 30, 60, 120], abs=7)
    assert max(waits[:-1]) <= 3660
    assert row.outcome == Outcome.EXPIRED
    assert row.recipient is None
    assert row.finished_at is not None
    assert GIVEN_UP_AFTER - timedelta(hours=2) < row.finished_at - began <= GIVEN_UP_AFTER
    assert mailbox.taken == []


@pytest.mark.parametrize("where", ["recipient", "data"])
async def test_a_refusal_for_good_ends_the_letter_and_no_other(
    database: Database, mailbox: Mailbox, where: str
) -> None:
    if where == "recipient":
        mailbox.to_recipient["ada@example.org"] = "550 no such mailbox"
    else:
        mailbox.to_data = "554 spam"
    await put(database)
    await jobs.send(database)
    mailbox.to_data = "250 OK"
    await put(database, "two", "grace@example.org")
    await jobs.send(database)
    assert await outcomes(database) == [Outcome.REFUSED, Outcome.SENT]
    assert mailbox.recipients == ["grace@example.org"]


async def test_a_full_mailbox_is_tried_again_and_the_next_letter_goes(database: Database, mailbox: Mailbox) -> None:
    mailbox.to_recipient["ada@example.org"] = "452 full"
    await put(database)
    await put(database, "two", "grace@example.org")
    await jobs.send(database)
    assert await outcomes(database) == [None, Outcome.SENT]
    mailbox.to_recipient.clear()
    with clock.shifted(timedelta(minutes=1)):
        await jobs.send(database)
    assert mailbox.recipients == ["grace@example.org", "ada@example.org"]


@pytest.mark.parametrize("to", ["a,b@c.d", "a b@c.d", "<a@b.c>", "жук@example.org", "a@b.c\r\nBcc: d@e.f", "nobody"])
async def test_what_is_no_address_gets_no_letter(database: Database, mailbox: Mailbox, to: str) -> None:
    await put(database, to=to)
    await jobs.send(database)
    assert (mailbox.taken, await outcomes(database)) == ([], [Outcome.REFUSED])


async def test_hostile_words_stay_in_their_place(database: Database, mailbox: Mailbox) -> None:
    name = "ada\r\nBcc: all@example.org\r\n\r\n<script>alert(1)</script>"
    await put(database, to="x@пример.рф", username=name)
    await jobs.send(database)
    (letter,) = mailbox.taken
    assert mailbox.recipients == ["x@xn--e1afmkfd.xn--p1ai"]
    assert letter["Bcc"] is None
    html = letter.get_body(("html",))
    assert html is not None
    assert "<script>" not in html.get_content()
    assert "&lt;script&gt;" in html.get_content()


async def test_a_sender_that_dies_before_the_yes_leaves_the_letter_to_the_next_one(
    database: Database, mailbox: Mailbox
) -> None:
    arrived, never = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        arrived.set()
        await never.wait()

    mailbox.before_yes = hang
    await put(database)
    dying = asyncio.create_task(jobs.send(database))
    await arrived.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    mailbox.before_yes = None
    never.set()
    # Nobody knows yet that it died.
    await jobs.send(database)
    assert len(mailbox.taken) == 1
    with clock.shifted(LEASE):
        await jobs.send(database)
    # Twice, which is what at least once means; as one and the same message.
    assert len({letter["Message-ID"] for letter in mailbox.taken}) == 1
    assert (len(mailbox.taken), await outcomes(database)) == (2, [Outcome.SENT])


async def test_two_senders_share_the_queue(database: Database, mailbox: Mailbox) -> None:
    for number in range(45):
        await put(database, f"n:{number}", f"p{number}@example.org")
    await asyncio.gather(*(jobs.send(database) for _ in range(3)))
    assert sorted(mailbox.recipients) == sorted(f"p{number}@example.org" for number in range(45))


async def test_a_server_out_of_reach_costs_one_try_a_round(database: Database) -> None:
    with smtp("smtp://127.0.0.1:1"):
        for key in ("one", "two"):
            await put(database, key)
        await jobs.send(database)
    assert [(row.attempts, row.outcome) for row in await rows(database)] == [(1, None)] * 2


async def test_letters_can_be_taken_back(database: Database, mailbox: Mailbox) -> None:
    await put(database, "one", "Ada@example.org")
    await put(database, "two", "grace@example.org")
    async with database.write() as session:
        await service.forget(session, to="ada@Example.org")
    await jobs.send(database)
    assert mailbox.recipients == ["grace@example.org"]


async def test_the_purge_ends_what_is_late_and_forgets_old_keys(database: Database, mailbox: Mailbox) -> None:
    await put(database, "late")
    with clock.shifted(GIVEN_UP_AFTER + timedelta(seconds=1)):
        await jobs.purge(database)
        assert await outcomes(database) == [Outcome.EXPIRED]
    with clock.shifted(GIVEN_UP_AFTER + KEPT + timedelta(minutes=1)):
        await jobs.purge(database)
        assert await rows(database) == []
    assert mailbox.taken == []


async def test_in_development_alone_letters_are_printed(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logs.LETTERS)

    def printed() -> list[str]:
        """Who has printed the link; others may say something of their own meanwhile."""
        return [record.name for record in caplog.records if VALUES["link"] in record.getMessage()]

    with config.override(Settings, environment=Environment.DEVELOPMENT):
        await put(database)
        with config.override(Settings, environment=Environment.PRODUCTION):
            await jobs.send(database)
        assert logs.LETTERS not in {record.name for record in caplog.records}
        assert printed() == []
        await jobs.send(database)
    assert printed() == [logs.LETTERS]
    assert await outcomes(database) == [Outcome.SENT]


async def test_a_production_server_without_a_mail_server_says_so_and_queues_nothing(database: Database) -> None:
    with config.override(Settings, environment=Environment.PRODUCTION), pytest.raises(MailNotConfigured):
        service.require()
    with config.override(Settings, environment=Environment.PRODUCTION):
        await put(database)
    async with database.read() as session:
        assert await session.scalar(select(func.count()).select_from(QueuedLetter)) == 0


async def test_a_letter_without_a_template_is_a_mistake_of_ours(database: Database) -> None:
    with pytest.raises(ValueError, match="no template nothing"):
        async with database.write() as session:
            await service.enqueue(session, service.Letter("a@b.c", "nothing", "en", {}, "x"))
