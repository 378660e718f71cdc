"""`scripts/bench.sh [--only NAME] [--json FILE]`: runs the rows and prints the table."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from benchmarks import (
    archives,
    attacks,
    chat_around,
    chat_fan_out,
    chats,
    home,
    media,
    posting,
    process,
    rows,
    search,
)

ROWS: dict[str, Callable[[], Awaitable[list[rows.Row]]]] = {
    "home": home.compared,
    "home-growth": home.growing,
    "posting": posting.measured,
    "media": media.measured,
    "logins": process.logins,
    "attacks": attacks.measured,
    "start": process.start,
    "middleware": process.middleware,
    "search": search.measured,
    "archives": archives.measured,
    "chats": chats.sending,
    "chats-latency": chats.waiting,
    "chats-fan-out": chat_fan_out.told,
    "chats-stored-fan-out": chat_fan_out.stored,
    "chats-memory": chat_around.memory,
    "chats-kafka": chat_around.kafka,
}


def main(
    only: Annotated[str | None, typer.Option(help=f"One of {', '.join(ROWS)}.")] = None,
    json: Annotated[Path | None, typer.Option(help="Writes the rows there too.")] = None,
) -> None:
    """Measure Hearth against its floors."""
    chosen = ROWS if only is None else {only: ROWS[only]}
    measured = [row for name in chosen for row in uvloop.run(_run(name))]
    rows.show(measured)
    if json is not None:
        rows.save(measured, json)


async def _run(name: str) -> list[rows.Row]:
    return await ROWS[name]()


if __name__ == "__main__":
    typer.run(main)
