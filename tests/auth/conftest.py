"""What tests of accounts share."""

import pytest

from src.auth.attempts import Rule


@pytest.fixture
def long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has guessed too often waits a minute where it is a second otherwise: longer than a test's next steps."""
    usual = Rule.wait
    monkeypatch.setattr(Rule, "wait", lambda rule, failures: 60 * usual(rule, failures))
