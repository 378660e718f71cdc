"""Holds what a server sends against its own description: whoever receives a frame in a test checks it here."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jsonschema_rs

from src.feature import Registry
from src.realtime import asyncapi
from src.realtime.catalogue import Catalogue
from src.runtime import CONSUMED
from tests.realtime.rooms import WITH_ROOMS

Schema = dict[str, Any]


@lru_cache
def description() -> Schema:
    """The AsyncAPI document of a house with rooms."""
    return asyncapi.document(Catalogue(Registry(WITH_ROOMS, consumed=CONSUMED)), title="Hearth", version="1")


@lru_cache
def _validator(name: str) -> jsonschema_rs.Draft202012Validator:
    document = description()
    payload = document["components"]["messages"][name]["payload"]
    return jsonschema_rs.Draft202012Validator({**payload, "components": document["components"]})


def check(sent: Mapping[str, object], *, answered: str = "") -> None:
    """Fails for an object that is not described.

    Args:
        sent: the object.
        answered: the operation that it answers, if it does.
    """
    _validator(_name(sent, answered)).validate(sent)
    if answered == "sync" and "ok" in sent:
        for event in sent["ok"]["events"]:  # type: ignore[index]
            check(event)


def _name(sent: Mapping[str, object], answered: str) -> str:
    if "err" in sent:
        return "refusal"
    if "re" in sent:
        return f"{answered}.ok"
    if sent["op"] in {"ev", "eph"}:
        return f"{str(sent['stream']).partition(':')[0]}.{sent['t']}"
    return str(sent["op"])
