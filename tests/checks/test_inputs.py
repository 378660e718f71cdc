"""What comes from outside: the types of requests' fields."""

import pytest

from scripts.checks import inputs
from tests.checks.snippets import codes

pytestmark = pytest.mark.unit

HEAD = "from datetime import datetime\nfrom src import schemas\nfrom src.schemas import Input\n"


@pytest.mark.parametrize("field", ["int", "bool", "float", "datetime", "int | None", "list[int]", "Annotated[int, 5]"])
@pytest.mark.parametrize("base", ["Input", "schemas.Input"])
def test_a_bare_type_in_a_request_is_found(base: str, field: str) -> None:
    code = f"{HEAD}class A({base}):\n    a: {field}\n"
    assert codes(inputs.bare_types, "src/posts/schemas.py", code) == ["H209"]


def test_so_it_is_in_what_derives_from_a_request() -> None:
    code = f"{HEAD}class A(Input):\n    a: Count\nclass B(A):\n    b: bool\n"
    assert codes(inputs.bare_types, "src/posts/schemas.py", code) == ["H209"]


def test_answers_methods_and_the_types_of_the_house_are_free() -> None:
    code = (
        f"{HEAD}class A(Output):\n    a: int\n"
        "class B(Input):\n    b: Count\n    c: Annotated[Flag, Field(description='bool')]\n"
        "    def many(self) -> int:\n        number: int = 1\n        return number\n"
    )
    assert codes(inputs.bare_types, "src/posts/schemas.py", code) == []
