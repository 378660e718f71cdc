"""The pages that letters lead to have an address that works, whatever was set."""

from pathlib import Path

import pytest

from src.auth import links
from src.config import Settings, override

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("url", "certificate", "expected"),
    [
        (None, None, "http://192.0.2.1:8000/account/deletion"),
        (None, Path("cert.pem"), "https://192.0.2.1:8000/account/deletion"),
        ("https://hearth.example/", None, "https://hearth.example/account/deletion"),
    ],
)
def test_a_page_has_the_servers_own_address(url: str | None, certificate: Path | None, expected: str) -> None:
    with override(Settings, hearth_url=url, host="192.0.2.1", port=8000, tls_cert=certificate):
        assert links.page("deletion") == expected
