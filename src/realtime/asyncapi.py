"""The description of the socket for programs: an AsyncAPI 3 document, made of the models of the frames themselves."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from src.realtime import frames
from src.realtime.catalogue import Catalogue
from src.realtime.constants import OWN, SUBPROTOCOL, CloseCode
from src.realtime.parts import EventType

VERSION: Final = "3.0.0"
_PLACE: Final = "#/components/schemas/{model}"
_MESSAGES: Final = "#/components/messages/"
_CHANNEL: Final = "#/channels/socket"

_FINAL: Final = " (do not come again by yourself)"

Document = dict[str, Any]


@dataclass(frozen=True)
class _Schemas:
    """The schemas of all models, each under a name of its own also where two models are called alike."""

    definitions: Document
    names: Mapping[type[BaseModel], str]

    def reference(self, model: type[BaseModel]) -> Document:
        """Where the schema of a model stands."""
        return {"$ref": _PLACE.format(model=self.names[model])}

    def written_out(self, model: type[BaseModel]) -> Document:
        """The schema itself."""
        found: Document = self.definitions[self.names[model]]
        return found


# Requests of the protocol itself, with their answers.
_REQUESTS: Final[Mapping[str, tuple[type[BaseModel], type[BaseModel] | None]]] = {
    "hello": (frames.Hello, frames.Greeting),
    "refresh": (frames.Refresh, frames.Refreshed),
    "sync": (frames.Sync, frames.PageRead),
    "watch": (frames.Watch, frames.Watched),
    "pong": (frames.Pong, None),
}
_TELLINGS: Final[Mapping[str, type[BaseModel]]] = {
    "ping": frames.PingFrame,
    "lag": frames.LagFrame,
    "bye": frames.ByeFrame,
    "refusal": frames.RefusalFrame,
}


def document(catalogue: Catalogue, *, title: str, version: str) -> Document:
    """The description of the socket of a server with these features.

    Args:
        catalogue: what the features tell and take.
        title: the server's name.
        version: its version.
    """
    schemas = _schemas(catalogue)
    sent, taken = dict(_sent(catalogue, schemas)), dict(_taken(catalogue, schemas))
    return {
        "asyncapi": VERSION,
        "info": {"title": f"{title}: sockets", "version": version, "description": _description()},
        "defaultContentType": "application/json",
        "channels": {
            "socket": {
                "address": "/v1/ws",
                "title": "The socket",
                "messages": {name: {"$ref": _MESSAGES + name} for name in (*taken, *sent)},
                "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
            }
        },
        "operations": {
            "request": _operation("receive", "What clients send", taken),
            "tell": _operation("send", "What clients get", sent),
        },
        "components": {"schemas": schemas.definitions, "messages": {**taken, **sent}},
    }


def _description() -> str:
    codes = "; ".join(
        f"{code.value} {code.name.lower().replace('_', ' ')}{_FINAL if code.is_terminal else ''}" for code in CloseCode
    )
    return (
        f"Text frames of JSON, one object in each line; subprotocol `{SUBPROTOCOL}`, which may be left out. A request "
        "may carry an `id`, a whole number of the client's own; its answer carries it as `re`. What a client does not "
        f"know it passes over. Close codes: {codes}."
    )


def _operation(action: str, title: str, messages: Mapping[str, object]) -> Document:
    return {
        "action": action,
        "title": title,
        "channel": {"$ref": _CHANNEL},
        "messages": [{"$ref": f"{_CHANNEL}/messages/{name}"} for name in messages],
    }


def _models(catalogue: Catalogue) -> Iterator[type[BaseModel]]:
    for payload, reply in _REQUESTS.values():
        yield payload
        if reply is not None:
            yield reply
    yield from _TELLINGS.values()
    for operation in catalogue.operations.values():
        yield operation.payload
        if operation.reply is not None:
            yield operation.reply
    for one in catalogue.types:
        yield one.data


def _schemas(catalogue: Catalogue) -> _Schemas:
    models = list(dict.fromkeys(_models(catalogue)))
    # Requests as they are read, everything else as it is written.
    requests = {payload for payload, _ in _REQUESTS.values()} | {one.payload for one in catalogue.operations.values()}
    modes = [(model, "validation" if model in requests else "serialization") for model in models]
    places, found = models_json_schema(modes, ref_template=_PLACE)  # type: ignore[arg-type]  # a Literal, by its values
    names: dict[type[BaseModel], str] = {}
    for model, mode in modes:
        names[model] = places[model, mode]["$ref"].rpartition("/")[2]  # type: ignore[index]  # as above
    return _Schemas(dict(found.get("$defs", {})), names)


def _message(summary: str, payload: Document) -> Document:
    return {"summary": summary, "contentType": "application/json", "payload": payload}


def _summary(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().partition("\n")[0]


def _taken(catalogue: Catalogue, schemas: _Schemas) -> Iterator[tuple[str, Document]]:
    """What clients send: the payload's fields with `op` and `id`."""
    asked = {name: payload for name, (payload, _) in _REQUESTS.items()}
    asked |= {operation.name: operation.payload for operation in catalogue.operations.values()}
    for name, payload in asked.items():
        schema = schemas.written_out(payload)
        fields = {"op": {"const": name}, "id": {"type": "integer", "minimum": 0, "maximum": 2**53}}
        required = ["op", *schema.get("required", [])]
        yield (
            name,
            _message(
                _summary(payload),
                {**schema, "properties": {**fields, **schema.get("properties", {})}, "required": required},
            ),
        )


def _sent(catalogue: Catalogue, schemas: _Schemas) -> Iterator[tuple[str, Document]]:
    """What clients get: answers, entries, and what the protocol says by itself."""
    answers = {name: reply for name, (_, reply) in _REQUESTS.items() if name != "pong"}
    answers |= {operation.name: operation.reply for operation in catalogue.operations.values()}
    for name, reply in answers.items():
        body = {"type": "object", "maxProperties": 0} if reply is None else schemas.reference(reply)
        yield (
            f"{name}.ok",
            _message(f"The answer to {name}", _closed({"re": {"type": ["integer", "null"]}, "ok": body})),
        )
    for name, model in _TELLINGS.items():
        yield name, _message(_summary(model), schemas.reference(model))
    for one in catalogue.types:
        yield f"{one.prefix}.{one.type}", _message(_summary(one.data), _told(one, schemas))


def _told(one: EventType, schemas: _Schemas) -> Document:
    is_own = one.prefix == OWN
    stream = {"const": OWN} if is_own else {"type": "string", "pattern": f"^{one.prefix}:[1-9][0-9]*$"}
    common = {"stream": stream, "t": {"const": one.type}, "d": schemas.reference(one.data)}
    if one.ephemeral:
        return _closed({"op": {"const": "eph"}, **common, "ttl": {"type": "integer", "minimum": 0}})
    return _closed({"op": {"const": "ev"}, **common, "ev": {"type": "integer", "minimum": 1}})


def _closed(properties: Document) -> Document:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
