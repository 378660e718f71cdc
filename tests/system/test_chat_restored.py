"""A backup is restored under clients that have read further: they are told so, begin anew, and keep nothing."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from src.client import connection, news
from src.client.session import Key
from src.config import ROOT
from tests.system import chat_people
from tests.system.chat_history import History
from tests.system.chat_reading import Reader
from tests.system.conftest import Build
from tests.system.house import PATIENCE, House

pytestmark = pytest.mark.system


async def _hearth(house: House, *command: str) -> None:
    """Runs a command of a house."""
    environment = {**os.environ, "ENVIRONMENT": "development", "HEARTH_ENV_FILE": "", "HEARTH_DATA": str(house.data)}
    run = [sys.executable, "-m", "src", *command]
    done = await asyncio.to_thread(
        subprocess.run, run, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


async def test_clients_begin_anew_where_an_older_backup_was_restored(build: Build, tmp_path: Path) -> None:
    house, restored, kept = build(), build(), tmp_path / "kept.tar"
    await house.start()
    port = int(house.url.rpartition(":")[2])
    writer, reader = await chat_people.people(house, "restored", 2)
    history = History(house.url, await chat_people.group(house, writer, reader))
    async with history.client(writer) as client:
        for number in range(5):
            await history.post(client, history.says(writer, f"Kept no. {number}"))
        # The data have their epoch before they are saved.
        assert (await client.get(f"{house.url}/v1/streams")).is_success
        await _hearth(house, "backup", str(kept))
        saved = dict(history.acknowledged)
        for number in range(9):
            await history.post(client, history.says(writer, f"Lost no. {number}"))
    async with connection.Client(
        house.url, Key(reader.token).tokens, heads={history.stream: 0}, first_wait=0.05
    ) as client:
        seen = [one async for one in _until(client, "Lost no. 8")]
        assert not any(isinstance(one, news.Online) and one.is_fresh for one in seen)
        assert await house.stop() == 0
        await _hearth(restored, "restore", str(kept))
        await restored.start(port=port)
        online = await anext(one async for one in client if isinstance(one, news.Online))
        assert online.is_fresh
        # What the client had is nothing any more: it reads on from where the server is now.
        assert client.heads[history.stream] == max(place.ev for place in saved.values())
        history.acknowledged = saved
        anew = Reader(restored.url, reader, history.chat_id)
        async with history.running(http=[writer], readers=[anew]):
            await history.goes_on(3)
        # Numbers that have been given are given again, to other messages, and nobody takes one for the other.
        async for one in _until(client, "That was all"):
            assert not isinstance(one, news.Anew | news.Gone)
            if isinstance(one, news.Happened) and one.stream == history.stream:
                [same] = [entry for entry in anew.entries if entry.ev == one.ev]
                # What has changed since is told of as it was, or as it is now, whenever one reads of it.
                assert same == one or (
                    same.data["id"] == one.data["id"] and int(str(one.data["id"])) in history.changed
                )
    async with restored.database() as database:
        await history.is_whole(database)
        await history.is_counted(database, writer, reader)


async def _until(client: connection.Client, text: str) -> AsyncIterator[news.News]:
    """The news up to this message."""
    async for one in client:
        yield one
        if isinstance(one, news.Happened) and one.data.get("text") == text:
            return
