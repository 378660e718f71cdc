"""What `hearth serve` prints once it answers: where it is, and how to begin."""

import os
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

from src.config import Settings

_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  compared with, not bound


def lines(settings: Settings, *, version: str, bound: tuple[str, int], admin_secret: str | None) -> Iterator[str]:
    """The lines.

    Args:
        settings: what the server runs with.
        version: Hearth's.
        bound: the address and port that it listens on.
        admin_secret: the invitation for the first admin, if there is none yet.
    """
    address = base_url(settings, bound)
    yield f"Hearth {version} is ready. Ctrl-C stops it."
    yield f"  Address      {address}" + (f", for people {settings.hearth_url}" if settings.hearth_url else "")
    yield f"  Try the API  {address}/docs"
    inside = "with its own PostgreSQL in it" if settings.database_url is None else "the database is elsewhere"
    yield f"  Data         {settings.data_directory} ({inside})"
    if admin_secret is not None:
        yield f"  First admin  {command()} create-admin NAME"
        yield "               or sign up (POST /v1/auth/register) with this invitation, which is shown only now:"
        yield f"               {admin_secret}"
    if is_in_the_clear(settings, bound):
        yield (
            "Warning: other machines reach this server without HTTPS, so passwords travel in the clear. "
            "Give --tls-cert and --tls-key, or set HEARTH_URL to the https:// address of the proxy in front."
        )


def base_url(settings: Settings, bound: tuple[str, int]) -> str:
    """Where this machine reaches the server."""
    host, port = _ANY.get(bound[0], bound[0]), bound[1]
    scheme = "http" if settings.tls_cert is None else "https"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def is_in_the_clear(settings: Settings, bound: tuple[str, int]) -> bool:
    """Whether other machines may reach the server, and nothing tells of HTTPS."""
    secure = settings.tls_cert is not None or (settings.hearth_url or "").startswith("https://")
    return not secure and not ip_address(bound[0].partition("%")[0]).is_loopback


def command() -> str:
    """How the person who started this process starts another command of it."""
    program = Path(sys.argv[0]).absolute()
    if program.name == "__main__.py":
        return f"{Path(sys.executable).name} -m src"
    return os.path.relpath(program) if program.is_relative_to(Path.cwd()) else str(program)
