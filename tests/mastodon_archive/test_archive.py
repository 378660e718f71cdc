"""The ledger in what a person takes along, and its end with the account."""

from pathlib import Path

import pytest

from src.feature import Owned
from src.mastodon_archive.feature import FEATURE
from src.posts import archive as posts_archive
from src.reactions import archive as reactions_archive
from tests.exported import exported
from tests.hearth import Hearth
from tests.mastodon_archive.archives import uri
from tests.mastodon_archive.imports import bring, history, rows, zipped

pytestmark = pytest.mark.integration


def owned() -> Owned:
    return next(part for part in FEATURE.parts if isinstance(part, Owned))


async def test_an_export_tells_where_posts_came_from(hearth: Hearth, tmp_path: Path) -> None:
    alice, ben = await hearth.account("alice"), await hearth.account("ben")
    await bring(hearth.database, zipped(tmp_path, history(2)), "alice")
    async with hearth.database.read() as session:
        taken = await exported(session, owned().export(alice.id))
        posts = await exported(session, posts_archive.export(alice.id))
        assert await exported(session, owned().export(ben.id)) == {"mastodon_imported_posts": []}
    assert taken == {
        "mastodon_imported_posts": [
            {"account_id": alice.id, "uri": uri(number), "post_id": posts["posts"][number - 1]["id"]}
            for number in (1, 2)
        ]
    }


async def test_an_erased_account_leaves_nothing_and_takes_nothing_of_others(hearth: Hearth, tmp_path: Path) -> None:
    alice, ben = await hearth.account("alice"), await hearth.account("ben")
    archive = zipped(tmp_path, history(3))
    for username in ("alice", "ben"):
        await bring(hearth.database, archive, username)
    async with hearth.database.write() as session:
        for erase in (owned().erase, reactions_archive.erase, posts_archive.erase):
            await erase(session, alice.id)
    left = await rows(hearth.database, "SELECT account_id, count(post_id) FROM mastodon_imported_posts GROUP BY 1")
    assert left == [(ben.id, 3)]
    assert await rows(hearth.database, "SELECT DISTINCT author_id FROM posts") == [(ben.id,)]
