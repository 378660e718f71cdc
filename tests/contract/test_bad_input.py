"""Bad input of every kind, at every place of every operation that takes it: refused by a rule, without a trace."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from src.config import Environment, Settings
from src.feature import Role
from src.features import FEATURES
from src.main import build_app
from tests.contract import bad_values, stage
from tests.contract.bad_values import CANARY
from tests.contract.document import Operation, Schema, example_of, kind_of, operations, without_null
from tests.hearth import Hearth, problem

_APP = build_app(Settings(environment=Environment.DEVELOPMENT), FEATURES)
_HOLE = "@@"
# By the place of what is bad: nothing about roles, rights or the state of things may be told before it is looked at.
_PATH, _QUERY, _HEADER, _BODY = {400, 404, 422}, {400, 422}, {400, 401, 422}, {400, 413, 415, 422}


@dataclass(frozen=True)
class Case:
    """One request with one thing wrong."""

    name: str
    allowed: set[int]
    address: str
    content: bytes = b""
    headers: Sequence[tuple[bytes, bytes]] = ()


@dataclass(frozen=True)
class Leaf:
    """A value inside a body; `body` has a hole there."""

    name: str
    schema: Schema
    nullable: bool
    body: object


def leaves(operation: Operation, schema: Schema, base: dict[str, Any], wrap: Callable[[Any], Any]) -> Iterator[Leaf]:
    """Every value that a body of this schema can hold, also inside lists and objects."""
    for name, given in schema["properties"].items():
        prop, nullable = without_null(operation.resolve(given))

        def inside(value: object, name: str = name) -> Any:
            return wrap({**base, name: value})

        yield Leaf(name, prop, nullable, inside(_HOLE))
        if prop["type"] == "array":
            item = operation.resolve(prop["items"])
            yield Leaf(f"{name}[]", item, nullable=False, body=inside([_HOLE]))
            if item["type"] == "object":

                def one_inside(value: object, inside: Callable[[Any], Any] = inside) -> Any:
                    return inside([value])

                yield from leaves(operation, item, example_of(operation, item), one_inside)


def of_paths(operation: Operation, scene: stage.Scene) -> Iterator[Case]:
    for name, schema in operation.parameters("path").items():
        for what, value in bad_values.PATHS[kind_of(schema)].items():
            address = operation.path.format_map({**scene.things, name: value})
            yield Case(f"{name}: {what}", _PATH, address)


def of_queries(operation: Operation, address: str) -> Iterator[Case]:
    for name, schema in operation.parameters("query").items():
        kind = "cursor" if name == "cursor" else kind_of(schema)
        for what, value in bad_values.QUERIES[kind].items():
            yield Case(f"{name}: {what}", _QUERY, f"{address}?{name}={value.format(name=name)}")


def of_headers(operation: Operation, address: str) -> Iterator[Case]:
    names = [*operation.parameters("header"), *(["Authorization"] if operation.definition.get("security") else [])]
    for name in names:
        for what, value in bad_values.HEADERS[name].items():
            yield Case(f"{name}: {what}", _HEADER, address, headers=[(name.encode(), value)])
    if "Authorization" in names:
        yield Case("two credentials", _HEADER, address, headers=[(b"Authorization", b"Bearer a"), (b"X-API-Key", b"b")])


def of_bodies(operation: Operation, address: str, base: dict[str, Any]) -> Iterator[Case]:
    schema = operation.body
    if schema is None:
        return
    for what, (content_type, content) in bad_values.BODIES.items():
        if operation.needs_body or content != b"null":
            yield Case(f"body: {what}", _BODY, address, content, [(b"Content-Type", content_type.encode())])
    if operation.needs_body:
        yield Case("body: none", _BODY, address)
    for leaf in leaves(operation, schema, base, lambda value: value):
        for what, value in bad_values.of_field(kind_of(leaf.schema), leaf.schema, nullable=leaf.nullable):
            if what == "unknown" and "additionalProperties" not in leaf.schema:
                # Where programs of others say more than is read: `test_openapi` lists them.
                continue
            content = json.dumps(leaf.body).replace(f'"{_HOLE}"', value).encode()
            yield Case(f"{leaf.name}: {what}", _BODY, address, content, [(b"Content-Type", b"application/json")])


def cases(operation: Operation, scene: stage.Scene) -> Iterator[Case]:
    """All that can be wrong about a request to this operation."""
    row = stage.ROWS[operation.method, operation.path]
    address = scene.address(operation.path)
    yield from of_paths(operation, scene)
    yield from of_queries(operation, address)
    yield from of_headers(operation, scene.address(operation.path, row.query))
    yield from of_bodies(operation, address, dict(row.body or {}))


def fault(case: Case, answer: httpx.Response) -> str | None:
    """What is wrong with the answer, if anything."""
    if answer.status_code not in case.allowed:
        return f"{answer.status_code} {answer.text[:200]}"
    if answer.request.method != "HEAD":
        problem(answer)
    echoed = CANARY in answer.text or any(CANARY in value for value in answer.headers.values())
    return "comes back in the answer" if echoed else None


@pytest.mark.unit
def test_the_matrix_is_wide() -> None:
    assert bad_values.different() >= 120


# Not measured: the lines have tests of their own, and the walk would take more than twice as long.
@pytest.mark.no_cover
@pytest.mark.integration
@pytest.mark.parametrize("tag", sorted({operation.tag for operation in operations(_APP)}))
async def test_bad_input_is_refused_and_leaves_no_trace(unlimited: Hearth, app: FastAPI, tag: str) -> None:
    scene = await stage.set_stage(unlimited, "owner")
    admin = await unlimited.account(role=Role.ADMIN)
    found: dict[str, str] = {}
    for operation in (one for one in operations(app) if one.tag == tag):
        # Whoever may do it to these things: nothing but the input stands in the way.
        person = admin if stage.ROWS[operation.method, operation.path].owner == 403 else scene.owner
        before = await stage.trace(unlimited)
        for case in cases(operation, scene):
            own = (
                []
                if b"Authorization" in dict(case.headers)
                else [(b"Authorization", f"Bearer {person.token}".encode())]
            )
            answer = await unlimited.client.request(
                operation.method, case.address, content=case.content, headers=[*own, *case.headers]
            )
            what = fault(case, answer)
            if what is not None:
                found[f"{operation.method} {operation.path} {case.name}"] = what
        assert await stage.trace(unlimited) == before, operation.name
    assert not found, "\n".join(f"{case}: {what}" for case, what in found.items())


@pytest.mark.integration
async def test_a_cursor_of_another_kind_of_list_is_refused(unlimited: Hearth, app: FastAPI) -> None:
    scene = await stage.set_stage(unlimited, "owner")
    admin = await unlimited.account(role=Role.ADMIN)
    number, text = bad_values.cursor(["n", 5]), bad_values.cursor(["n", "5.5"])
    for operation in operations(app):
        if "cursor" in operation.parameters("query"):
            row = stage.ROWS[operation.method, operation.path]
            person = admin if row.owner == 403 else scene.owner
            addresses = [scene.address(row.path, f"{row.query}&cursor={cursor}") for cursor in (number, text)]
            statuses = [(await person.client.get(address)).status_code for address in addresses]
            assert max(statuses) == 422, operation.name
            assert min(statuses) in {200, 404}, operation.name
