"""A socket from its beginning to its end, step by step, as the page of the sockets shows it.

Each frame is a whole one that a client may send or get; a test holds them against the description.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Frame = Mapping[str, object]


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes:
        op: its name.
        what: what it is for.
        frames: those of clients (`C`) and of the server (`S`), in their order.
    """

    op: str
    what: str
    frames: tuple[tuple[str, Frame], ...]


_LIMITS: Final = {"frame": 65_536, "inflight": 32, "rate": 20, "burst": 60}
_JOINED: Final = {"account_id": "115612345678901248", "role": "member", "by_id": "115612345678901248"}

STEPS: Final = (
    Step(
        "hello",
        "Comes first, with a token and with what the client has read already. Here the chat has moved on from 5309.",
        (
            ("C", {"op": "hello", "id": 1, "v": 1, "token": "eyJhbGciOi…", "heads": {"chat:17": 5309}}),
            (
                "S",
                {
                    "re": 1,
                    "ok": {
                        "conn": "k9",
                        "account": "115612345678901248",
                        "epoch": "7f3a",
                        "fresh": False,
                        "ping_ms": 25_000,
                        "pong_ms": 8_000,
                        "exp": 1_760_000_000,
                        "limits": _LIMITS,
                        "heads": [{"stream": "chat:17", "ev": 5310, "state": {}}],
                        "gone": [],
                        "more": False,
                    },
                },
            ),
        ),
    ),
    Step(
        "sync",
        "Asks for what is missing. With more it is asked again from upto; from then on entries come by themselves.",
        (
            ("C", {"op": "sync", "id": 2, "stream": "chat:17", "since": 5309, "limit": 200}),
            (
                "S",
                {
                    "re": 2,
                    "ok": {
                        "stream": "chat:17",
                        "events": [{"op": "ev", "stream": "chat:17", "ev": 5310, "t": "member.join", "d": _JOINED}],
                        "upto": 5310,
                        "more": False,
                        "reset": False,
                    },
                },
            ),
        ),
    ),
    Step(
        "send",
        "Sends a message. Not answered, it is sent again under the same cid: then it is there once all the same.",
        (
            (
                "C",
                {
                    "op": "send",
                    "id": 3,
                    "chat_id": "17",
                    "cid": "0192f3c4-7d51-7cc0-8d25-0f6f5a1c9a10",
                    "text": "Dinner at eight?",
                },
            ),
            (
                "S",
                {
                    "re": 3,
                    "ok": {
                        "id": "117654203774074895",
                        "chat_id": "17",
                        "seq": 41,
                        "ev": 5311,
                        "created_at": "2026-11-21T11:31:16.971Z",
                        "dup": False,
                    },
                },
            ),
        ),
    ),
    Step(
        "ping and pong",
        "The server names the newest entries of streams that have moved; where one is not there yet, sync brings it.",
        (("S", {"op": "ping", "h": [["chat:17", 5311]]}), ("C", {"op": "pong"})),
    ),
    Step(
        "bye",
        "The last frame of the server, before it closes with the same code.",
        (("S", {"op": "bye", "code": 4501, "reason": "restart", "reconnect": True, "after_ms": 1_200}),),
    ),
)
