"""What a server says of itself when it starts: short, true, and with a warning where one is due."""

import os
import sys
from pathlib import Path

import pytest

from src.cli import greeting
from src.config import Settings, of

pytestmark = pytest.mark.unit


def said(bound: tuple[str, int] = ("127.0.0.1", 8000), secret: str | None = None, **fields: object) -> str:
    settings = of(Settings).model_copy(update=fields)
    return "\n".join(greeting.lines(settings, version="1.2.3", bound=bound, admin_secret=secret))


def test_it_says_where_it_is() -> None:
    lines = said()
    assert "Hearth 1.2.3" in lines
    assert "http://127.0.0.1:8000\n" in lines
    assert "http://127.0.0.1:8000/docs" in lines
    assert "Warning" not in lines


@pytest.mark.parametrize(
    ("bound", "url"),
    [
        (("0.0.0.0", 80), "http://127.0.0.1:80/docs"),  # noqa: S104
        (("::", 8000), "http://[::1]:8000/docs"),
        (("192.0.2.7", 8000), "http://192.0.2.7:8000/docs"),
    ],
)
def test_an_address_that_a_browser_takes(bound: tuple[str, int], url: str) -> None:
    assert url in said(bound)


def test_a_certificate_makes_it_https() -> None:
    lines = said(("0.0.0.0", 443), tls_cert=Path("cert.pem"))  # noqa: S104
    assert "https://127.0.0.1:443/docs" in lines
    assert "Warning" not in lines


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "fe80::1%eth0"])  # noqa: S104
def test_it_warns_in_one_line_where_others_reach_it_in_the_clear(host: str) -> None:
    warnings = [line for line in said((host, 8000)).splitlines() if line.startswith("Warning")]
    assert len(warnings) == 1
    assert "HTTPS" in warnings[0]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.53", "::1"])
def test_it_does_not_warn_where_only_this_machine_reaches_it(host: str) -> None:
    assert "Warning" not in said((host, 8000))


def test_a_proxy_with_https_in_front_is_trusted_and_shown() -> None:
    lines = said(("0.0.0.0", 8000), hearth_url="https://hearth.example")  # noqa: S104
    assert "https://hearth.example" in lines
    assert "Warning" not in lines


def test_the_way_to_the_first_admin_is_shown_only_when_there_is_none() -> None:
    assert "create-admin" not in said()
    lines = said(secret="ABCD-EFGH")
    assert "create-admin NAME" in lines
    assert lines.count("ABCD-EFGH") == 1


def test_where_the_data_is() -> None:
    assert "with its own PostgreSQL" in said(data_directory=Path("/srv/hearth"), database_url=None)
    elsewhere = said(database_url="postgresql+asyncpg://hearth:not-to-be-seen@db/hearth")
    assert "not-to-be-seen" not in elsewhere


@pytest.mark.parametrize(
    ("program", "shown"),
    [
        (Path.cwd() / ".venv/bin/hearth", ".venv/bin/hearth"),
        (Path("/usr/local/bin/hearth"), "/usr/local/bin/hearth"),
        (Path.cwd() / "src/__main__.py", f"{Path(sys.executable).name} -m src"),
    ],
)
def test_the_command_that_this_person_can_type(monkeypatch: pytest.MonkeyPatch, program: Path, shown: str) -> None:
    monkeypatch.setattr(sys, "argv", [os.fspath(program)])
    assert greeting.command() == shown
