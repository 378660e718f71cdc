"""People's data survive: the newest revision is taken back and run again under a house in use."""

import pytest

from src import migrations
from tests.cluster import Cluster
from tests.hearth import Hearth
from tests.migrations.catalogue import columns, contents
from tests.migrations.test_history import history
from tests.posts.group_steps import chat_of, write_to
from tests.posts.test_posts import write

pytestmark = pytest.mark.integration


async def _live(hearth: Hearth) -> None:
    """Something in as many tables as possible."""
    ann, ben = await hearth.account("ann"), await hearth.account("ben", private=True)
    post = await write(ann, "hello @ben #tea")
    await ann.client.patch(f"/v1/posts/{post['id']}", json={"text": "hello again @ben #tea"})
    for what in ("like", "repost", "bookmark", "pin"):
        await ann.client.post(f"/v1/posts/{post['id']}/{what}")
    for path in ("ben/follow", "ben/mute"):
        await ann.client.post(f"/v1/users/{path}")
    await ben.client.post("/v1/users/ann/follow")
    await ann.client.post("/v1/posts", json={"text": "once"}, headers={"Idempotency-Key": "key"})
    await ann.client.get("/v1/timelines/home/popular")
    await hearth.settle()


async def test_the_newest_revision_goes_and_comes_without_touching_what_was_there(
    hearth: Hearth, cluster: Cluster, database_url: str
) -> None:
    await _live(hearth)
    name = database_url.rpartition("/")[2].partition("?")[0]
    owner_url = cluster.server.url_of(name, owner=True)
    connection = await cluster.connect(name)
    try:
        before, now = await contents(connection), await columns(connection)
        assert sum(not sign.startswith("0:") for sign in before.values()) > 12
        await migrations.downgrade(owner_url, history()[-2].revision)
        # A column that has another name now is compared by `before` and `after`.
        known = {table: names & now[table] for table, names in (await columns(connection)).items()}
        older = await contents(connection, known)
        await migrations.upgrade(owner_url)
        after, kept = await contents(connection), await contents(connection, known)
    finally:
        await connection.close()
    # The newest revision's own tables go with what was in them.
    assert {table: before[table] for table in older} == {table: after[table] for table in older}
    assert older.pop("alembic_version") != kept.pop("alembic_version")
    assert older == kept
    items = (await hearth.client.get("/v1/timelines/public")).json()["items"]
    assert [item["post"]["text"] for item in items] == ["once", "hello again @ben #tea"]


async def test_a_post_for_a_group_is_for_whom_it_names_where_there_are_none(
    hearth: Hearth, cluster: Cluster, database_url: str
) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    await write_to(ann, await chat_of(ann, ben), "@ben")
    owner_url = cluster.server.url_of(database_url.rpartition("/")[2].partition("?")[0], owner=True)
    await migrations.downgrade(owner_url, "0026_chat_exports")
    await migrations.upgrade(owner_url)
    [item] = (await ben.client.get("/v1/timelines/users/ann")).json()["items"]
    assert (item["post"]["visibility"], item["post"]["group_id"]) == ("mentioned", None)
