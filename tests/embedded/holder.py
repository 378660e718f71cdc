"""A process that holds a share in an embedded server: the tests start several, and kill some.

    python holder.py DATA_DIRECTORY [USER_ID]

Prints one JSON object when it has its share, then waits for the end of its standard input (or SIGINT), says whether
the server still answers, and gives the share back. An error is printed as {"error": …}. With USER_ID it first becomes
that system user.
"""

import asyncio
import json
import os
import pathlib
import sys

import asyncpg

from src import embedded


async def ask(url: str, *statements: str) -> list[object]:
    """The first value of each statement's answer."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return [await connection.fetchval(statement) for statement in statements]
    finally:
        await connection.close()


def say(**words: object) -> None:
    """One line for the test that reads it."""
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def main(data_directory: str, user: str = "") -> None:
    """Starts, tells, waits, stops."""
    asyncio.run(asyncio.sleep(0))  # loads what the loop needs before the user may not read it any more
    if user:
        os.setgroups([])
        os.setgid(int(user))
        os.setuid(int(user))
    try:
        server = embedded.start(pathlib.Path(data_directory), {"fsync": "off"})
    except embedded.EmbeddedError as error:
        say(error=str(error))
        return
    with server:
        try:
            say(pid=server.pid, url=server.url)
            sys.stdin.read()
        except KeyboardInterrupt:
            say(interrupted=asyncio.run(ask(server.url, "SELECT 1")))


if __name__ == "__main__":
    main(*sys.argv[1:])
