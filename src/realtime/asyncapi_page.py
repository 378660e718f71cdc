"""The AsyncAPI document as a page to read: no script, and nothing from any other host."""

import html
from collections.abc import Iterator
from typing import Any, Final

import orjson

from src.realtime import asyncapi_steps

_STYLE: Final = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "pre{overflow:auto;padding:.75rem;border:1px solid #8884;border-radius:.5rem;font-size:.85rem}"
    "code{font-size:.9em}h3{margin-top:2rem}"
)
_STEPS: Final = "A socket step by step (C: the client, S: the server)"
_OBJECTS: Final = "Objects"
_TITLES: Final = {"request": "What clients send", "tell": "What clients get"}


def render(document: dict[str, Any]) -> bytes:
    """The page."""
    info = document["info"]
    body = "\n".join(_body(document))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{_text(info['title'])}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    ).encode()


def _body(document: dict[str, Any]) -> Iterator[str]:
    info = document["info"]
    yield f"<h1>{_text(info['title'])} {_text(info['version'])}</h1>"
    yield f"<p>{_text(info['description'])}</p>"
    yield f"<p>Address: <code>{_text(document['channels']['socket']['address'])}</code></p>"
    yield '<p><a href="/v1/asyncapi.json">The same for programs (AsyncAPI)</a> · <a href="/docs">The HTTP API</a></p>'
    yield from _contents(document)
    yield f'<h2 id="steps">{_STEPS}</h2>'
    for step in asyncapi_steps.STEPS:
        yield f'<h3 id="step-{_anchor(step.op)}">{_text(step.op)}</h3><p>{_text(step.what)}</p>'
        lines = (f"{who} {orjson.dumps(frame).decode()}" for who, frame in step.frames)
        yield f"<pre>{_text(chr(10).join(lines))}</pre>"
    for name, title in _TITLES.items():
        yield f'<h2 id="{name}">{title}</h2>'
        for message in document["operations"][name]["messages"]:
            yield from _message(document, message["$ref"].rpartition("/")[2])
    yield f'<h2 id="objects">{_OBJECTS}</h2>'
    for name, schema in document["components"]["schemas"].items():
        yield f'<h3 id="{_text(name)}">{_text(name)}</h3>'
        yield _code(schema)


def _contents(document: dict[str, Any]) -> Iterator[str]:
    """The table of contents."""
    parts = [("steps", _STEPS, [(f"step-{_anchor(step.op)}", step.op) for step in asyncapi_steps.STEPS])]
    for name, title in _TITLES.items():
        messages = [one["$ref"].rpartition("/")[2] for one in document["operations"][name]["messages"]]
        parts.append((name, title, [(f"message-{message}", message) for message in messages]))
    parts.append(("objects", _OBJECTS, [(name, name) for name in document["components"]["schemas"]]))
    yield "<nav><ul>"
    for anchor, title, entries in parts:
        links = ", ".join(f'<a href="#{_text(each)}">{_text(word)}</a>' for each, word in entries)
        yield f'<li><a href="#{anchor}">{title}</a>: {links}</li>'
    yield "</ul></nav>"


def _anchor(words: str) -> str:
    return words.replace(" ", "-")


def _message(document: dict[str, Any], name: str) -> Iterator[str]:
    message = document["components"]["messages"][name]
    yield f'<h3 id="message-{_text(name)}">{_text(name)}</h3><p>{_text(message["summary"])}</p>'
    yield _code(message["payload"])


def _code(value: object) -> str:
    return f"<pre>{_text(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())}</pre>"


def _text(value: str) -> str:
    return html.escape(value)
