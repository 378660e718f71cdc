"""The OpenAPI document as tests walk it: its operations, with what they take, and the schemas without references."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

Schema = Mapping[str, Any]
JSON_TYPE = "application/json"


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    definition: Schema
    document: Schema

    @property
    def name(self) -> str:
        """The name that generated clients have for it."""
        name = self.definition["operationId"]
        assert isinstance(name, str)
        return name

    @property
    def tag(self) -> str:
        """What it is listed under."""
        tag = self.definition["tags"][0]
        assert isinstance(tag, str)
        return tag

    def parameters(self, place: str) -> dict[str, Schema]:
        """The parameters that stand there (`path`, `query`, `header`)."""
        listed = [one for one in self.definition.get("parameters", ()) if one["in"] == place]
        return {one["name"]: self.resolve(one["schema"]) for one in listed}

    def resolve(self, schema: Schema) -> Schema:
        """The schema, or the one that it refers to."""
        while "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        if "anyOf" in schema:
            return {**schema, "anyOf": [self.resolve(one) for one in schema["anyOf"]]}
        return schema

    @property
    def body(self) -> Schema | None:
        """The schema of the JSON that it takes, without null; None where it takes no body."""
        content = self.definition.get("requestBody", {}).get("content")
        if content is None or JSON_TYPE not in content:
            return None
        return without_null(self.resolve(content[JSON_TYPE]["schema"]))[0]

    @property
    def needs_body(self) -> bool:
        """Whether it refuses to be asked without a body."""
        return bool(self.definition.get("requestBody", {}).get("required"))


def operations(app: FastAPI) -> Iterator[Operation]:
    """Every operation of the document."""
    document = app.openapi()
    for path, item in document["paths"].items():
        for method, definition in item.items():
            yield Operation(method.upper(), path, definition, document)


def without_null(schema: Schema) -> tuple[Schema, bool]:
    """The schema of what is not null, and whether null is allowed beside it."""
    kinds = schema.get("anyOf")
    if kinds is None:
        return schema, False
    rest = [kind for kind in kinds if kind.get("type") != "null"]
    assert len(rest) == 1, schema
    return rest[0], len(rest) < len(kinds)


def kind_of(schema: Schema) -> str:
    """What sort of value the schema asks for, in the words of `bad_values`."""
    if "enum" in schema:
        return "enum"
    if schema.get("format") == "date-time":
        return "instant"
    if schema["type"] == "string" and schema.get("pattern") == "^[0-9]{1,19}$":
        return "id"
    kind = schema["type"]
    assert isinstance(kind, str)
    return kind


def example_of(operation: Operation, schema: Schema) -> Any:
    """A value that fits the schema."""
    schema = without_null(operation.resolve(schema))[0]
    if "examples" in schema:
        return schema["examples"][0]
    if schema["type"] == "object":
        properties = schema["properties"]
        return {name: example_of(operation, properties[name]) for name in schema.get("required", ())}
    return {"array": [], "boolean": False, "integer": schema.get("minimum", 0), "string": "a"}[schema["type"]]
