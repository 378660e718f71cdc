"""How a message leaves the machine: by SMTP, or into the log of a developer's server. The only user of aiosmtplib."""

import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib

from src import logs
from src.config import Environment
from src.mail import rendering
from src.mail.config import MailSettings
from src.mail.constants import COMMAND_SECONDS
from src.mail.exceptions import UnusableServer

_PORTS = {"smtp": 587, "smtps": 465}
_PERMANENT = 500

letters = logging.getLogger(logs.LETTERS)


class Refused(Exception):
    """The server will never take this letter."""


class Unreachable(Exception):
    """No letter can be sent at the moment."""


class Postponed(Exception):
    """The server does not take this letter now."""


class Transport(Protocol):
    """An open way out."""

    async def send(self, message: EmailMessage) -> None:
        """Sends one message.

        Raises:
            Refused, Postponed, Unreachable: it was not sent.
        """
        ...


@dataclass(frozen=True)
class Server:
    """A mail server and how to speak with it."""

    host: str
    port: int
    # From the start; otherwise by STARTTLS.
    tls: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def is_local(self) -> bool:
        """Whether it runs on this machine, so that nobody stands between."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def server_of(url: str) -> Server:
    """The server that SMTP_URL names.

    Raises:
        UnusableServer: it names none.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise UnusableServer("its port is none") from None
    if parts.scheme not in _PORTS or not host:
        raise UnusableServer("it is an address such as smtps://user:password@mail.example")
    if (parts.username is None) != (parts.password is None):
        raise UnusableServer("a user goes with a password")
    user, password = (text and unquote(text) for text in (parts.username, parts.password))
    return Server(host, port or _PORTS[parts.scheme], parts.scheme == "smtps", user, password)


def unfit(settings: MailSettings, environment: Environment) -> list[str]:
    """A line for each setting that no letter could be sent with."""
    found: list[str] = []
    try:
        sender = rendering.sender_of(settings.mail_from)
    except ValueError:
        return ["MAIL_FROM is an address, or a name with one: Hearth <hearth@hearth.example>."]
    if settings.smtp_url is not None:
        try:
            server = server_of(settings.smtp_url.get_secret_value())
        except UnusableServer as error:
            return [f"SMTP_URL: {error}."]
        if environment is not Environment.DEVELOPMENT and sender.domain == "localhost" and not server.is_local:
            found.append("MAIL_FROM is the address that letters come from: with SMTP_URL it has to be yours.")
    return found


@asynccontextmanager
async def opened(settings: MailSettings) -> AsyncIterator[Transport]:
    """The way out that the settings name.

    Raises:
        Unreachable: the server does not let us in.
    """
    if settings.smtp_url is None:
        yield Log()
        return
    server = server_of(settings.smtp_url.get_secret_value())
    client = _client(server)
    try:
        await client.connect()
        if server.user is not None and server.password is not None:
            await client.login(server.user, server.password)
    except (aiosmtplib.SMTPException, OSError) as error:
        client.close()
        raise Unreachable(_described(error)) from None
    try:
        yield Smtp(client)
    finally:
        client.close()


class Log:
    """Prints letters to the log: what a developer's server does instead of sending them."""

    async def send(self, message: EmailMessage) -> None:
        """Prints one."""
        body = message.get_body(("plain",))
        text = body.get_content() if body else ""
        letters.info("A letter to %s: %s", message["To"], message["Subject"])
        for line in text.splitlines():
            if line.strip():
                letters.info("  %s", line)


class Smtp:
    """An open connection to a mail server."""

    def __init__(self, client: aiosmtplib.SMTP) -> None:
        self._client = client

    async def send(self, message: EmailMessage) -> None:
        """Sends one message; see `Transport.send`."""
        try:
            await self._client.send_message(message)
        except (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, OSError) as error:
            raise Unreachable(_described(error)) from None
        except aiosmtplib.SMTPRecipientsRefused as error:
            code = error.recipients[0].code if error.recipients else 0
            raise _refusal(code)(f"recipient {code}") from None
        except aiosmtplib.SMTPDataError as error:
            raise _refusal(error.code)(f"contents {error.code}") from None
        except (aiosmtplib.SMTPException, ValueError) as error:
            # Also a refused sender: wrong settings, which somebody may put right.
            raise Postponed(_described(error)) from None


def _client(server: Server) -> aiosmtplib.SMTP:
    # Also trusts what SSL_CERT_FILE names, for a server with a certificate of one's own.
    context = ssl.create_default_context()
    if server.tls:
        return aiosmtplib.SMTP(
            hostname=server.host, port=server.port, use_tls=True, tls_context=context, timeout=COMMAND_SECONDS
        )
    return aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        # Where it is offered, on this machine; elsewhere there is no connection without it.
        start_tls=None if server.is_local else True,
        tls_context=context,
        timeout=COMMAND_SECONDS,
    )


def _refusal(code: int) -> type[Refused | Postponed]:
    return Refused if code >= _PERMANENT else Postponed


def _described(error: BaseException) -> str:
    """The error in a word and a code; its text may repeat an address."""
    code = getattr(error, "code", None)
    return f"{type(error).__name__} {code}" if isinstance(code, int) else type(error).__name__
