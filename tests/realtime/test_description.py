"""The description of the sockets is whole, served beside the API's, and can be read without a script."""

import re
from collections.abc import Iterator

import jsonschema_rs
import pytest

from src.realtime import asyncapi_steps
from tests.hearth import Hearth
from tests.realtime import protocol
from tests.realtime.protocol import Schema


def references(node: object) -> Iterator[str]:
    """All references in a document."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for child in node.values():
            yield from references(child)
    elif isinstance(node, list):
        for child in node:
            yield from references(child)


def resolved(document: Schema, reference: str) -> object:
    """What a reference names."""
    found: object = document
    for step in reference.removeprefix("#/").split("/"):
        assert isinstance(found, dict)
        found = found[step]
    return found


@pytest.mark.unit
def test_every_reference_leads_somewhere() -> None:
    document = protocol.description()
    assert document["asyncapi"] == "3.0.0"
    for reference in references(document):
        assert resolved(document, reference), reference
    taken = {one["$ref"].rpartition("/")[2] for one in document["operations"]["request"]["messages"]}
    assert taken >= {"hello", "refresh", "sync", "watch", "pong", "say", "stumble", "hum"}


@pytest.mark.unit
@pytest.mark.parametrize(
    "wrong",
    [
        {"op": "ev", "stream": "room:1", "ev": 1, "t": "said", "d": {}},
        {"op": "ev", "stream": "room:1", "ev": 0, "t": "said", "d": {"text": "x"}},
        {"op": "ev", "stream": "room:1", "ev": 1, "t": "said", "d": {"text": "x"}, "more": 1},
        {"op": "ping", "h": [["room:1", "5"]]},
        {"op": "bye", "code": 4408},
        {"re": 1, "err": {"code": "x"}},
    ],
)
def test_what_is_not_described_is_noticed(wrong: dict[str, object]) -> None:
    with pytest.raises(jsonschema_rs.ValidationError):
        protocol.check(wrong)


@pytest.mark.unit
def test_types_that_nobody_has_declared_are_noticed() -> None:
    with pytest.raises(KeyError):
        protocol.check({"op": "ev", "stream": "room:1", "ev": 1, "t": "unheard", "d": {}})


@pytest.mark.unit
def test_the_worked_examples_are_frames_as_they_are_described() -> None:
    asked: dict[object, str] = {}
    for step in asyncapi_steps.STEPS:
        for _, frame in step.frames:
            if "op" in frame and "id" in frame:
                asked[frame["id"]] = str(frame["op"])
            protocol.check(frame, answered=asked.get(frame.get("re"), ""))
    assert [step.op for step in asyncapi_steps.STEPS] == ["hello", "sync", "send", "ping and pong", "bye"]


async def test_it_is_served_to_programs_and_to_people(house: Hearth) -> None:
    answer = await house.client.get("/v1/asyncapi.json")
    assert answer.json() == protocol.description()
    page = await house.client.get("/docs/sockets")
    assert page.headers["content-type"].startswith("text/html")
    assert "<script" not in page.text
    assert "http://" not in page.text.replace("http://www.w3.org", "")
    assert "Asks for the entries after a number." in page.text
    # What the table of contents leads to is there.
    for anchor in re.findall(r'href="#([^"]+)"', page.text):
        assert page.text.count(f'id="{anchor}"') == 1, anchor
    again = await house.client.get("/docs/sockets", headers={"If-None-Match": page.headers["etag"]})
    assert again.status_code == 304
