"""What a client tells of a refusal."""

import pytest

from src.client.exceptions import Refused
from src.exceptions import FieldError

pytestmark = pytest.mark.unit


def test_a_refusal_says_what_is_wrong_with_the_first_fields_and_not_more() -> None:
    errors = [FieldError(loc=["body", number], code="long", message=f"{number}. " + "x" * 999) for number in range(9)]
    refused = Refused("invalid_input", "The input was refused.", errors=errors)
    assert str(refused) == " ".join(("The input was refused.", *(f"{number}. {'x' * 197}" for number in range(3))))
    assert refused.errors == errors
