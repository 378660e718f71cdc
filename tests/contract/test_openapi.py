"""The OpenAPI document is complete: what it promises to clients and to their generators is there and is true."""

import ast
import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant

import src
from src.auth.config import AuthSettings, RegistrationMode
from src.auth.dependencies import GUARDED
from src.config import override
from src.database import WriteSession, database_of, unit_of_work, writing
from src.exceptions import PROBLEM_TYPE, ErrorCode, Problem
from src.main import routes_of
from tests.contract.document import Operation, Schema, kind_of, operations, without_null
from tests.hearth import Hearth

pytestmark = pytest.mark.unit
_TESTS = Path(__file__).resolve().parent.parent
# What every operation may answer, and what those that take somebody's word for who they are may.
_ALWAYS: Final = {"400", "408", "413", "415", "429", "503"}
_SIGNED: Final = {"401"}

# Codes that stand on no route of the document, and why.
_OF_NO_ROUTE: Final = {
    ErrorCode.NOT_FOUND: "no route has this path",
    ErrorCode.METHOD_NOT_ALLOWED: "no route has this method",
    ErrorCode.URI_TOO_LONG: "the server refuses it before it is a request",
    ErrorCode.HEADERS_TOO_LARGE: "the server refuses it before it is a request",
    ErrorCode.INTERNAL_ERROR: "a bug, which no route promises",
    ErrorCode.CONFLICT: "what the database says of a race that no code foresaw",
    "task_crashed": "stands in a failed task, not in an answer",
    "task_failed": "stands in a failed task, not in an answer",
    "cpu_failed": "stands in a failed task, not in an answer",
    "cpu_limit_exceeded": "stands in a failed task, not in an answer",
    "import_gone": "stands in a failed task, not in an answer",
    "not_a_hearth_archive": "stands in a failed task, not in an answer",
    "archive_version_unknown": "stands in a failed task, not in an answer",
    "unknown_operation": "stands in a frame, not in an answer",
    "hello_first": "stands in a frame, not in an answer",
    "hello_once": "stands in a frame, not in an answer",
    "other_account": "stands in a frame, not in an answer",
    "too_many_in_flight": "stands in a frame, not in an answer",
    "socket_slow": "stands in a frame, not in an answer",
    "origin_refused": "answers a handshake, which the document does not know",
    "sockets_not_served": "answers a handshake, which the document does not know",
    "dead_letter_not_found": "of the operator's command line",
    "dead_letter_unclaimed": "of the operator's command line",
}
# Whose bodies may say more than is read, and why; all that is read is bounded.
_PASSED_OVER: Final = {"chat-hooks_post_by_hook": "written by programs that were made for Slack"}
# Packages without a route of their own.
_OF_COMMANDS: Final = {
    "src.containers.constants",
    "src.demo.constants",
    "src.mastodon_archive.constants",
    "src.outbound.constants",
}
# Secrets and addresses in answers, and whose they are.
_OWN_SECRETS: Final = {
    ("OwnAccountRead", "email"),
    ("OwnAccountRead", "email_confirmed_at"),
    ("OwnAccountRead", "password_changed_at"),
    ("EnrolmentRead", "secret"),
    # Whether the server asks for one.
    ("ServerRead", "email_required"),
    # To admins.
    ("AccountAdministered", "email"),
    ("AccountAdministered", "email_confirmed_at"),
    ("GrantRead", "access_token"),
    ("GrantRead", "refresh_token"),
    ("ApiKeyCreated", "secret"),
    ("InvitationCreated", "code"),
    ("GroupInviteCreated", "code"),
}
_SECRET: Final = re.compile(r"email|password|(?<!blur)hash(?!tag)|token|secret|digest|address|^code$")
# Where an address is shown, it is the caller's own session or security event.
_OWN_ADDRESSES: Final = {("SessionRead", "address"), ("SecurityEventRead", "address")}


def test_every_operation_says_what_it_is_for(app: FastAPI) -> None:
    found = list(operations(app))
    for operation in found:
        definition = operation.definition
        assert len(definition["tags"]) == 1, operation.name
        assert 3 < len(definition["summary"]) <= 60, operation.name
        generated = operation.name.removeprefix(f"{operation.tag}_").replace("_", " ").title()
        assert definition["summary"] != generated, operation.name
        assert definition["description"].endswith("."), operation.name
        for parameter in definition.get("parameters", ()):
            assert parameter.get("description"), (operation.name, parameter["name"])


def test_names_for_generated_clients_are_unique_and_tell_nothing_of_paths(app: FastAPI) -> None:
    names = [operation.name for operation in operations(app)]
    assert len(set(names)) == len(names)
    for operation in operations(app):
        assert re.fullmatch(r"[a-z]+(?:[-_][a-z]+)*", operation.name), operation.name
        assert operation.name.startswith(f"{operation.tag}_")


def test_every_error_is_listed_with_an_example_of_each_code(app: FastAPI) -> None:
    for operation in operations(app):
        responses = operation.definition["responses"]
        errors = {status for status in responses if status >= "400"}
        takes = operation.definition.get("parameters") or operation.body
        expected = _ALWAYS | (_SIGNED if operation.definition.get("security") else set())
        expected |= {"422"} if takes else set()
        assert expected <= errors, (operation.name, expected - errors)
        for status in errors:
            (media,) = responses[status]["content"].items()
            assert media[0] == PROBLEM_TYPE, operation.name
            assert media[1]["schema"] == {"$ref": "#/components/schemas/Problem"}
            assert media[1]["examples"], (operation.name, status)
            for code, example in media[1]["examples"].items():
                problem = Problem.model_validate(example["value"], strict=True)
                assert (problem.code, problem.status) == (code, int(status)), operation.name


def test_every_guard_is_listed_with_all_that_it_may_answer(app: FastAPI) -> None:
    guarded = [operation for operation in operations(app) if operation.definition.get("security")]
    assert len(guarded) > 50
    for operation in guarded:
        responses = operation.definition["responses"].values()
        examples = [media.get("examples", {}) for answer in responses for media in answer.get("content", {}).values()]
        codes = {code for found in examples for code in found}
        assert {str(problem.code) for problem in GUARDED} <= codes, operation.name


def test_every_success_has_a_schema_or_no_content(app: FastAPI) -> None:
    for operation in operations(app):
        good = {status: answer for status, answer in operation.definition["responses"].items() if status < "300"}
        contents = [kind["schema"] for answer in good.values() for kind in answer.get("content", {}).values()]
        if contents and all(schema.get("format") == "binary" for schema in contents):
            continue
        ((status, answer),) = good.items()
        if status == "204":
            assert "content" not in answer, operation.name
        else:
            ((media, content),) = answer["content"].items()
            assert content["schema"], operation.name
            assert (media == "application/json") == (operation.tag != "feeds"), operation.name


def _loose(operation: Operation, schema: Schema, at: str) -> Iterator[str]:
    """The places in the schema that bound nothing."""
    schema, _ = without_null(operation.resolve(schema))
    kind = kind_of(schema)
    if kind == "string" and "maxLength" not in schema:
        yield at
    if kind == "integer" and not {"minimum", "maximum"} <= schema.keys():
        yield at
    if kind == "array":
        if "maxItems" not in schema:
            yield at
        yield from _loose(operation, schema["items"], f"{at}[]")
    if kind == "object":
        if schema.get("additionalProperties") is not False and operation.name not in _PASSED_OVER:
            yield at
        for name, one in schema["properties"].items():
            yield from _loose(operation, one, f"{at}.{name}")


def test_everything_that_is_taken_is_bounded(app: FastAPI) -> None:
    loose: list[str] = []
    for operation in operations(app):
        for place in ("path", "query", "header"):
            for name, schema in operation.parameters(place).items():
                loose += _loose(operation, schema, f"{operation.name} {name}")
        if operation.body is not None:
            loose += _loose(operation, operation.body, operation.name)
    assert loose == []


def _with_examples(node: Any, at: str) -> Iterator[tuple[str, Schema]]:
    if isinstance(node, dict):
        if "examples" in node and "type" in node and isinstance(node["examples"], list):
            yield at, node
        for name, child in node.items():
            yield from _with_examples(child, f"{at}/{name}")
    elif isinstance(node, list):
        for number, child in enumerate(node):
            yield from _with_examples(child, f"{at}/{number}")


def test_no_parameter_is_null(app: FastAPI) -> None:
    """Clients would send the word; who means nothing leaves it out."""
    places = ("path", "query", "header", "cookie")
    nullable = [
        (operation.name, name)
        for operation in operations(app)
        for place in places
        for name, schema in operation.parameters(place).items()
        if any(kind.get("type") == "null" for kind in (schema, *schema.get("anyOf", ())))
    ]
    assert nullable == []


def test_examples_and_defaults_fit_their_schemas(app: FastAPI) -> None:
    document = app.openapi()
    found = list(_with_examples(document, ""))
    assert len(found) > 100
    for at, schema in found:
        validator = jsonschema_rs.validator_for({**schema, "components": document["components"]})
        for example in [*schema["examples"], *([schema["default"]] if "default" in schema else [])]:
            assert validator.is_valid(example), (at, example)


def test_every_field_of_a_request_shows_what_it_looks_like(app: FastAPI) -> None:
    for operation in operations(app):
        for name, given in (operation.body or {"properties": {}})["properties"].items():
            schema, _ = without_null(operation.resolve(given))
            telling = {"examples", "enum", "description", "minimum", "pattern"} & {*schema, *given}
            assert telling or schema["type"] in {"boolean", "array"}, (operation.name, name)


@pytest.mark.parametrize("name", ["PostCreate", "SignUp", "RoleChange"])
def test_what_is_tried_out_is_the_least_that_is_needed(app: FastAPI, name: str) -> None:
    schema = app.openapi()["components"]["schemas"][name]
    (example,) = schema["examples"]
    assert set(example) == set(schema["required"])


@pytest.mark.integration
async def test_what_is_tried_out_works_as_it_stands(hearth: Hearth, app: FastAPI) -> None:
    schemas = app.openapi()["components"]["schemas"]
    with override(AuthSettings, registration=RegistrationMode.OPEN):
        signed_up = await hearth.client.post("/v1/auth/register", json=schemas["SignUp"]["examples"][0])
    assert signed_up.status_code == 201, signed_up.text
    headers = {"Authorization": f"Bearer {signed_up.json()['grant']['access_token']}"}
    post = await hearth.client.post("/v1/posts", json=schemas["PostCreate"]["examples"][0], headers=headers)
    assert post.status_code == 201, post.text


def _calls(dependant: Dependant) -> Iterator[object]:
    for child in dependant.dependencies:
        yield child.call
        yield from _calls(child)


def test_no_get_asks_for_the_session_that_writes(app: FastAPI) -> None:
    writers = 0
    for route in routes_of(app):
        writes = writing in _calls(route.dependant)
        writers += writes
        assert not (writes and route.methods and route.methods & {"GET", "HEAD"}), route.path_format
        annotations = getattr(route.endpoint, "__annotations__", {}).values()
        assert WriteSession not in annotations, route.path_format
    assert writers > 10


def test_no_request_holds_a_session_while_it_takes_another_connection(app: FastAPI) -> None:
    """As many of them at once as there are connections would wait for each other."""
    for route in routes_of(app):
        assert not {unit_of_work, database_of} <= set(_calls(route.dependant)), route.path_format


def _codes() -> Iterator[tuple[str, StrEnum]]:
    for found in pkgutil.walk_packages(src.__path__, "src."):
        if not found.name.endswith("__main__"):
            kind = getattr(importlib.import_module(found.name), "ErrorCode", None)
            if kind is not None and kind.__module__ == found.name:
                yield from ((found.name, code) for code in kind)


def test_every_code_stands_on_a_route_that_may_answer_it(app: FastAPI) -> None:
    shown = set(re.findall(r'"code": "(\w+)"', json.dumps(app.openapi())))
    silent = {code.value for module, code in _codes() if module not in _OF_COMMANDS} - shown
    assert silent == {str(code) for code in _OF_NO_ROUTE}


def _asserted() -> set[str]:
    """The words in assertions and parameters of all tests."""
    words: set[str] = set()
    for path in _TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            parameters = isinstance(node, ast.Call) and ast.unparse(node.func).endswith("parametrize")
            if isinstance(node, ast.Assert) or parameters:
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                        words.add(inner.value)
                    elif isinstance(inner, ast.Attribute) and ast.unparse(inner.value).endswith("ErrorCode"):
                        words.add(inner.attr.lower())
    return words


def test_every_code_of_an_answer_is_expected_by_a_test(app: FastAPI) -> None:
    expected = set(re.findall(r'"code": "(\w+)"', json.dumps(app.openapi()))) | set(ErrorCode)
    assert len(expected) > 50
    assert expected - _asserted() == set()


def _answers(app: FastAPI) -> Iterator[tuple[str, Schema]]:
    """The schemas of all answers, those inside of them too."""
    schemas = app.openapi()["components"]["schemas"]
    waiting = [answer.get("content", {}) for operation in operations(app) for answer in _good(operation)]
    seen: set[str] = set()
    while waiting:
        for name in re.findall(r"#/components/schemas/(\w+)", json.dumps(waiting.pop())):
            if name not in seen:
                seen.add(name)
                waiting.append(schemas[name])
                yield name, schemas[name]


def _good(operation: Operation) -> list[Any]:
    return [answer for status, answer in operation.definition["responses"].items() if status < "300"]


def test_no_answer_tells_of_others_what_is_theirs_alone(app: FastAPI) -> None:
    found = {
        (name, field)
        for name, schema in _answers(app)
        for field in schema.get("properties", {})
        if _SECRET.search(field)
    }
    assert found == _OWN_SECRETS | _OWN_ADDRESSES


@pytest.mark.integration
async def test_the_document_is_served_as_it_is(hearth: Hearth, app: FastAPI) -> None:
    answer = await hearth.client.get("/openapi.json")
    assert answer.json() == json.loads(json.dumps(app.openapi()))
    assert answer.json()["openapi"].startswith("3.1")


def test_no_word_is_taken_for_an_id(app: FastAPI) -> None:
    """A method that a path of words lacks is not found at a neighbour's parameter, as `DELETE /v1/things/words`."""
    found: dict[str, set[str]] = {}
    for operation in operations(app):
        found.setdefault(operation.path, set()).add(operation.method)
    for pattern, methods in found.items():
        like = re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(pattern)))
        for path, own in found.items():
            # Names that people choose stand where `me` does; those words nobody can be called.
            if path != pattern and like.fullmatch(path) and "username" not in pattern:
                assert methods <= own, f"{methods - own} {path} is answered by {pattern}"
