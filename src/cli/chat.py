"""`hearth chat`: a terminal on one's chats, here or on any other server."""

import asyncio
import os
import sys
from contextlib import suppress
from ipaddress import ip_address
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer

from src.cli import chat_talk, data_lock, greeting
from src.cli.endings import Failure
from src.client import calls as client_calls
from src.client import connection, session
from src.client import exceptions as client_exceptions
from src.config import Settings, of
from src.outbound import breakers
from src.outbound import client as outbound_client

_TOKEN: Final = "HEARTH_TOKEN"  # noqa: S105  the variable's name
_NAME: Final = "hearth-chat"
# A server that is just restarting is not left alone for longer.
_REST_SECONDS: Final = 1.0
_LEAVING_SECONDS: Final = 3.0
_INTERRUPTED: Final = 130


def chat(
    *,
    url: Annotated[str | None, typer.Option(help="The server's address; else that of this machine's.")] = None,
    user: Annotated[str | None, typer.Option(help="Who signs in: a username or an e-mail address.")] = None,
) -> None:
    """Read and write in one's chats, at a terminal or through pipes.

    Asks for the password. Programs give an access token or an API key in HEARTH_TOKEN instead; each line of standard
    input is a message or a command (/help), and the exit code is 1 if one of them could not be done.
    """
    address = (url or _own_address()).rstrip("/")
    if user and os.environ.get(_TOKEN):
        raise Failure(f"{_TOKEN} says who one is, and so does --user: give one of them.")
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Failure(f"{address} is no address of a server: it begins with http:// or https://.")
    try:
        with asyncio.Runner() as runner:
            is_done = _run(runner, address, user)
    except client_exceptions.Unreachable as error:
        raise Failure(f"No Hearth answers at {address}: {error}", "Does it run? --url names another one.") from None
    except KeyboardInterrupt:
        raise typer.Exit(_INTERRUPTED) from None
    if not is_done:
        raise typer.Exit(1)


def _own_address() -> str:
    settings = of(Settings)
    found = settings.hearth_url or data_lock.address(settings.data_directory)
    return found or greeting.base_url(settings, (settings.host, settings.port))


def _run(runner: asyncio.Runner, address: str, user: str | None) -> bool:
    outbound = runner.run(_outbound())
    way = client_calls.Calls(address, outbound, name=_NAME)
    token = os.environ.get(_TOKEN)
    own: session.Session | None = None
    try:
        if token:
            tokens: connection.Tokens = session.Key(token).tokens
        else:
            own = _sign_in(runner, way, address, user)
            tokens = own.tokens
        return runner.run(chat_talk.talk(address, way.signed_in(tokens), tokens, name=_NAME))
    finally:
        runner.run(_leave(own, outbound))


def _sign_in(runner: asyncio.Runner, way: client_calls.Calls, address: str, user: str | None) -> session.Session:
    """Asks for what it takes. Between the questions the loop stands still, so that Ctrl-C ends each of them."""
    if not sys.stdin.isatty():
        raise Failure(f"There is no terminal to ask for a password: give a token in {_TOKEN}.")
    if _is_in_the_clear(address):
        typer.echo(f"Warning: {address} is reached without HTTPS, so the password travels in the clear.", err=True)
    login: str = user or typer.prompt("Username")
    password: str = typer.prompt(f"Password of {login}", hide_input=True)
    try:
        return runner.run(session.sign_in(way, login=login.removeprefix("@"), password=password))
    except session.SecondFactorNeeded as needed:
        code: str = typer.prompt("Code of your authenticator, or a recovery code")
        return runner.run(session.confirm(way, challenge=needed.challenge, code=code.strip()))


def _is_in_the_clear(address: str) -> bool:
    parts = urlsplit(address)
    if parts.scheme == "https" or parts.hostname == "localhost":
        return False
    try:
        return not ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return True


async def _outbound() -> outbound_client.Outbound:
    return outbound_client.Outbound(breakers=breakers.Breakers(rest_seconds=_REST_SECONDS))


async def _leave(own: session.Session | None, outbound: outbound_client.Outbound) -> None:
    """Signs out who has signed in here; without the server, the session ends by itself some day."""
    with suppress(client_exceptions.ClientError, TimeoutError):
        async with asyncio.timeout(_LEAVING_SECONDS):
            if own is not None:
                await own.end()
    await outbound.close()
