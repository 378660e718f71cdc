"""Hearth with one operation more: `push` tells the readers of a chat of an entry that no table holds.

So what is measured is the way from there to the sockets, without the way to the disk. `python -m benchmarks.chat_app
PORT` serves it.
"""

import sys
from collections import Counter

from benchmarks import chat_entry
from src.config import Settings, of
from src.feature import Feature
from src.features import FEATURES
from src.main import build_app, guarded
from src.realtime import parts
from src.schemas import Id, Input, Text
from src.server import bind, make_server

_evs: Counter[int] = Counter()


class Push(Input):
    """What to tell."""

    chat_id: Id
    cid: Text
    text: Text


async def _push(operation: parts.Operation, payload: Push) -> None:
    _evs[payload.chat_id] += 1
    chat_id, ev = payload.chat_id, _evs[payload.chat_id]
    operation.hub.push(
        f"chat:{chat_id}", ev, chat_entry.TYPE, lambda: chat_entry.data(chat_id, ev, payload.cid, payload.text)
    )


def _serve(port: int) -> None:
    settings = of(Settings)
    features = (*FEATURES, Feature("benchmark", (parts.Op("push", Push, None, _push),)))
    with bind("127.0.0.1", port) as listening:
        make_server(guarded(build_app(settings, features), settings, features), sockets=[listening]).run()


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
