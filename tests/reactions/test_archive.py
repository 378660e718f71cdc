"""Whose reactions: an export holds one's own, an erasure takes them off the counters."""

import pytest

from src.reactions import archive
from tests.exported import exported
from tests.hearth import Hearth
from tests.reactions.steps import done, no_counter_is_wrong, state, write

pytestmark = pytest.mark.integration


async def test_an_export_holds_ones_own_reactions(hearth: Hearth) -> None:
    alice, bob = await hearth.account(), await hearth.account()
    post = await write(alice)
    for what in ("like", "repost", "bookmark", "pin"):
        await done(alice, what, post["id"])
    await done(bob, "like", post["id"])
    async with hearth.database.read() as session:
        taken = await exported(session, archive.export(alice.id))
    assert {table: len(rows) for table, rows in taken.items()} == {"likes": 1, "reposts": 1, "bookmarks": 1, "pins": 1}
    for rows in taken.values():
        assert (rows[0]["account_id"], rows[0]["post_id"]) == (alice.id, int(post["id"]))


async def test_an_erased_account_has_done_nothing(hearth: Hearth) -> None:
    alice, bob = await hearth.account(), await hearth.account()
    posts = [await write(bob, f"post {number}") for number in range(3)]
    own = await write(alice)
    await done(alice, "pin", own["id"])
    for post in posts:
        for what in ("like", "repost", "bookmark"):
            await done(alice, what, post["id"])
        await done(bob, "like", post["id"])
    async with hearth.database.write() as session:
        await archive.erase(session, alice.id)
    async with hearth.database.read() as session:
        assert not any((await exported(session, archive.export(alice.id))).values())
    for post in posts:
        found = await state(bob, post["id"])
        assert (found["likes_count"], found["reposts_count"], found["liked"]) == (1, 0, True)
    await no_counter_is_wrong(hearth)
