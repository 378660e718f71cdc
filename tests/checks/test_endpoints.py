"""The web side: banned names, routers and their handlers."""

import pytest

from scripts.checks import endpoints
from tests.checks.snippets import codes, lines

pytestmark = pytest.mark.unit

ROUTER = "src/posts/router.py"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("from fastapi import HTTPException", ["H201"]),
        ("from starlette.exceptions import HTTPException as E", ["H201"]),
        ("import fastapi\nraise fastapi.HTTPException(404)", ["H201"]),
        ("from starlette.middleware.base import BaseHTTPMiddleware", ["H202"]),
        ("import starlette.middleware.base as b\nclass M(b.BaseHTTPMiddleware): ...", ["H202"]),
        ("from fastapi import BackgroundTasks", ["H203"]),
        ("from starlette.background import BackgroundTask", ["H203"]),
        ("from src.exceptions import NotFound\nraise NotFound", []),
    ],
)
def test_features_that_lose_work_are_banned(code: str, expected: list[str]) -> None:
    assert codes(endpoints.banned_names, "src/posts/service.py", code) == expected


def test_the_problem_document_translates_the_frameworks_errors() -> None:
    code = "from starlette.exceptions import HTTPException\nHANDLERS = {HTTPException: handle}"
    assert codes(endpoints.banned_names, "src/problems.py", code) == []


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (ROUTER, []),
        ("src/auth/sessions_router.py", []),
        ("src/posts/service.py", ["H207"]),
        ("src/main.py", ["H207"]),
    ],
)
def test_routers_stand_in_router_modules(path: str, expected: list[str]) -> None:
    assert codes(endpoints.router_places, path, "from fastapi import APIRouter\nrouter = APIRouter()") == expected
    assert codes(endpoints.router_places, path, "import fastapi as f\nrouter = f.APIRouter()") == expected


GOOD = '''
@router.get("/{post_id}", responses=problems(PostNotFound))
async def read_post(post: ValidPost) -> PostRead:
    """One post."""
    return PostRead.model_validate(post)
'''


def test_a_good_handler_passes() -> None:
    assert codes(endpoints.handlers, ROUTER, GOOD) == []


@pytest.mark.parametrize(
    "decorator",
    [
        "router.post('/')",
        "sessions_router.get('/')",
        "self.app.delete('/')",
        "app.put('/')",
        "router.patch('/')",
        "router.websocket('/')",
        "router.api_route('/', methods=['GET'])",
    ],
)
def test_a_sync_handler_is_found(decorator: str) -> None:
    assert codes(endpoints.handlers, ROUTER, f'@{decorator}\ndef f() -> None:\n    """Says it."""\n') == ["H204"]


def test_a_handler_says_what_it_is_for() -> None:
    assert codes(endpoints.handlers, ROUTER, "@router.get('/')\nasync def f():\n    return 1\n") == ["H208"]
    assert codes(endpoints.handlers, ROUTER, "@router.get('/', summary='One')\nasync def f():\n    return 1\n") == []


def _handler(lines_of_body: int) -> str:
    body = "".join(f"    a{number} = {number}\n" for number in range(1, lines_of_body))
    free = "\n    # why\n"
    return f'@router.get("/")\nasync def f() -> None:\n    """Says\n\n    it.\n    """\n    a0 = 0\n{free}{body}'


def test_a_handler_has_ten_lines_at_most() -> None:
    assert codes(endpoints.handlers, ROUTER, _handler(10)) == []
    assert codes(endpoints.handlers, ROUTER, _handler(11)) == ["H205"]


def test_a_long_statement_counts_all_its_lines() -> None:
    call = "    return await service.publish(\n" + "        1,\n" * 9 + "    )\n"
    assert codes(endpoints.handlers, ROUTER, f'@router.get("/")\nasync def f():\n    """Says it."""\n{call}') == [
        "H205"
    ]


@pytest.mark.parametrize("test", ["post is None", "post is not None", "None is post"])
def test_a_handler_does_not_ask_for_none(test: str) -> None:
    code = (
        f'@router.get("/")\nasync def f(post: Post | None = None):\n    """Says it."""\n    return 1 if {test} else 2\n'
    )
    assert lines(endpoints.handlers, ROUTER, code) == [4]


@pytest.mark.parametrize("test", ["limit > 10", "post is other", "post == other", "None in posts"])
def test_other_questions_are_allowed(test: str) -> None:
    code = f'@router.get("/")\nasync def f():\n    """Says it."""\n    return 1 if {test} else 2\n'
    assert codes(endpoints.handlers, ROUTER, code) == []


def test_other_functions_of_a_router_module_are_free() -> None:
    assert codes(endpoints.handlers, ROUTER, "@cache\ndef f(a):\n    return a is None\n") == []
    assert codes(endpoints.handlers, ROUTER, "@router.on_event('startup')\ndef f(a):\n    return a is None\n") == []
    assert codes(endpoints.handlers, ROUTER, "@store.get('a')\ndef f(a):\n    return a is None\n") == []
