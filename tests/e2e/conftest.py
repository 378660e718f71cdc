"""A house whose door is open: people sign up by themselves."""

from collections.abc import Iterator

import pytest

from src.auth.config import AuthSettings, RegistrationMode
from src.config import override


@pytest.fixture
def open_door() -> Iterator[None]:
    """Everybody may sign up for the length of a test."""
    with override(AuthSettings, registration=RegistrationMode.OPEN):
        yield
