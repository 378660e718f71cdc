"""Sizes of files and functions, and the words that no file has."""

import pytest

from scripts.checks import sizes, words
from tests.checks.snippets import codes, lines

pytestmark = pytest.mark.unit


def test_a_file_has_450_lines_at_most() -> None:
    assert codes(sizes.files, "src/posts/service.py", "a = 1\n" * 450) == []
    assert lines(sizes.files, "tests/test_a.py", "a = 1\n" * 451) == [451]


def _function(length: int) -> str:
    return "@cache\n@router.get('/')\nasync def f():\n" + "    a = 1\n" * (length - 1)


def test_a_function_has_60_lines_at_most() -> None:
    assert codes(sizes.functions, "scripts/a.py", _function(60)) == []
    assert lines(sizes.functions, "scripts/a.py", _function(61)) == [3]


def test_a_method_and_an_inner_function_are_functions() -> None:
    inner = "class A:\n    def f(self):\n        def g():\n" + "            a = 1\n" * 60
    assert lines(sizes.functions, "src/a.py", inner) == [2, 3]


def _codes(path: str, text: str) -> list[str]:
    return [finding.code for finding in words.check(path, text)]


# Spelt in pieces: this file is read by the lint, too.
@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (("https://pypi", ".org/simple"), ["H601"]),
        (("FROM gh", "cr.io/astral-sh/uv"), ["H601"]),
        (("https://files.python", "hosted.org/packages/a"), ["H601"]),
        (("# TO", "DO: later"), ["H602"]),
        (("x = 1  # FIX", "ME"), ["H602"]),
        (("XX", "X"), ["H602"]),
        (("cd /wo", "rk/main"), ["H603"]),
        (("as iss", "ue 3 says"), ["H603"]),
        (("see DES", "IGN.md"), ["H603"]),
        (("mktemp /tmp/a.XX", "XXXX"), []),
        (("a TO", "DOS list"), []),
        (("https://docs.python", ".org"), []),
        (("a tissue 3 layers thick",), []),
    ],
)
def test_forbidden_words_are_found_in_any_text(pieces: tuple[str, ...], expected: list[str]) -> None:
    assert _codes("docs/a.md", "first\n" + "".join(pieces)) == expected


def test_the_lock_and_the_work_of_others_pass() -> None:
    text = "https://pypi" + ".org/simple"
    assert _codes("uv.lock", text) == []
    assert _codes("LICENSE", text) == []
    assert _codes("src/static/vendor/preact.js", text) == []
