"""Posts are found by their words, by whom, where and when, and by nobody who may not see them."""

from datetime import timedelta

import pytest
from sqlalchemy import text as sql
from sqlalchemy import update

from src import clock
from src.database import Database
from src.posts import checks, models, service_imports
from src.posts.constants import Visibility
from src.timelines import found
from tests.cluster import Cluster
from tests.hearth import Hearth, Person
from tests.media import files
from tests.media.steps import uploaded
from tests.search.steps import posts, search, write

pytestmark = pytest.mark.integration


async def test_words_are_found_as_they_stand_and_in_other_forms(hearth: Hearth) -> None:
    ann = await hearth.account()
    await write(ann, "The kittens were running to the well-known house #tea", language="en")
    await write(ann, "Die Häuser stehen", language="de")
    await write(ann, "Наши кошки бегают", content_warning="Spiders")
    await write(ann, "dog chases cat", language="en")
    kittens, german, cats = await posts(ann, "kittens"), await posts(ann, "Häuser"), await posts(ann, "кошки")
    assert (len(kittens), len(german), len(cats)) == (1, 1, 1)
    for query, expected in {
        "KITTEN run": kittens,
        "kittens -dog": kittens,
        '"were running"': kittens,
        '"well-known house"': kittens,
        "well-known": kittens,
        "#tea": kittens,
        "the": kittens,
        "кошка бегать": cats,
        "spider": cats,
        "häusern": [],
        '"were run"': [],
        '"running were"': [],
        '"chases cat"': ["dog chases cat"],
        '"cat dog"': [],
        "kittens -houses": [],
        "kittens dog": [],
        "!!! ???": [],
        "": [],
        "& | ! ( ' \\ :* <->": [],
    }.items():
        assert await posts(ann, query) == expected, query
    await ann.client.patch("/v1/users/me", json={"locale": "de"})
    assert await posts(ann, "häusern") == german
    await write(ann, "Viele Mäuse")
    assert await posts(ann, "maus") == ["Viele Mäuse"]


async def test_an_edit_and_a_delete_are_seen_at_once(hearth: Hearth) -> None:
    ann = await hearth.account()
    id_ = await write(ann, "an apple")
    await ann.client.patch(f"/v1/posts/{id_}", json={"text": "a pear", "language": "en"})
    assert (await posts(ann, "apple"), await posts(ann, "pears")) == ([], ["a pear"])
    await ann.client.delete(f"/v1/posts/{id_}")
    assert await posts(ann, "pear") == []


async def test_operators_narrow_what_is_found(hearth: Hearth) -> None:
    ann, ben, eve = await hearth.account("ann"), await hearth.account("ben"), await hearth.account("eve")
    now = clock.now()
    async with hearth.database.write() as session:
        days = (timedelta(days=800), timedelta(days=400))
        (older, old) = await service_imports.mint(session, [now - each for each in days])
        rows = [(older, ann, "older tea"), (old, ben, "old tea")]
        await service_imports.add_old(
            session,
            [
                service_imports.OldPost(id=id_, author_id=person.id, text=text, visibility=Visibility.PUBLIC)
                for id_, person, text in rows
            ],
        )
    assert await posts(eve, "tea") == []
    await hearth.run_job("posts.write_documents")
    await write(ann, "tea and https://example.org/page")
    liked = await write(ben, "green tea")
    await eve.client.post(f"/v1/posts/{liked}/like")
    await eve.client.post(f"/v1/posts/{liked}/bookmark")
    await eve.client.post("/v1/users/ben/follow")
    await write(eve, "my tea")
    link, year = "tea and https://example.org/page", (now - days[1]).year
    day = f"{now - days[1]:%Y-%m-%d}"
    for query, expected in {
        "tea": ["my tea", "green tea", link, "old tea", "older tea"],
        "tea from:@ann": [link, "older tea"],
        "from:ANN": [link, "older tea"],
        "tea from:ann from:ben": ["green tea", link, "old tea", "older tea"],
        "from:nobody": [],
        "from:me": ["my tea"],
        "in:me from:ann": [],
        "in:me tea": ["my tea"],
        "has:link": [link],
        "tea has:link from:ben": [],
        "in:likes": ["green tea"],
        "in:bookmarks tea": ["green tea"],
        "in:bookmarks coffee": [],
        "tea in:home": ["my tea", "green tea", "old tea"],
        f"tea before:{day}": ["older tea"],
        f"tea during:{day}": ["old tea"],
        f"tea after:{day}": ["my tea", "green tea", link],
        f"tea during:{year}": ["old tea"],
        "after:2100": [],
        "before:1971": [],
    }.items():
        assert await posts(eve, query) == expected, query
    for query in ("from:me", "in:me", "in:home", "in:likes tea"):
        assert await posts(hearth, query) == []


async def test_posts_are_found_by_what_hangs_on_them(hearth: Hearth) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    still = await uploaded(hearth, ann, files.written(files.picture(), "JPEG"))
    moving = await uploaded(hearth, ann, files.animation())
    await write(ann, "tea alone")
    await write(ann, "a cup of tea", media_ids=[still["id"]])
    await write(ann, "a kettle", media_ids=[moving["id"]])
    for query, expected in {
        "has:media": ["a kettle", "a cup of tea"],
        "tea has:media": ["a cup of tea"],
        "has:image from:ann": ["a kettle", "a cup of tea"],
        "has:video": [],
        "has:audio": [],
    }.items():
        assert await posts(ben, query) == expected, query


async def test_everybody_finds_what_they_may_see_and_want_to(hearth: Hearth) -> None:
    ann, ben, private = await hearth.account(), await hearth.account(), await hearth.account(private=True)
    friend, blocked, suspended = await hearth.account(), await hearth.account(), await hearth.account()
    await friend.client.post(f"/v1/users/{ann.username}/follow")
    await write(ann, "word for all")
    await write(ann, "word for followers", visibility="followers")
    await write(ann, f"word for @{ben.username}", visibility="mentioned")
    await write(private, "word in private")
    await write(suspended, "word of a suspended")
    await ann.client.post(f"/v1/users/{blocked.username}/block")
    async with hearth.database.write() as session:
        await session.execute(sql("UPDATE accounts SET state = 'suspended' WHERE id = :id"), {"id": suspended.id})
    mentioned = f"word for @{ben.username}"
    expected: list[tuple[Person | Hearth, list[str]]] = [
        (hearth, ["word for all"]),
        (ann, [mentioned, "word for followers", "word for all"]),
        (ben, [mentioned, "word for all"]),
        (friend, ["word for followers", "word for all"]),
        (blocked, []),
        (private, ["word in private", "word for all"]),
    ]
    for reader, texts in expected:
        for query in ("word", "word word", f"from:{ann.username} from:{private.username}", "-missing"):
            assert await posts(reader, query) == texts
    await friend.client.post(f"/v1/users/{ann.username}/mute")
    assert await posts(friend, "word") == []


async def _many(database: Database, author: Person, number: int) -> list[int]:
    """Ids of posts, newest first: every one has `common`, each tenth `rarer`, the oldest three `once`."""
    now = clock.now()
    async with database.write() as session:
        ids = await service_imports.mint(session, [now - timedelta(minutes=number - n) for n in range(number)])
        texts = ["common" + " rarer" * (n % 10 == 0) + " once" * (n < 3) for n in range(number)]
        await service_imports.add_old(
            session,
            [
                service_imports.OldPost(id=id_, author_id=author.id, text=text, visibility=Visibility.PUBLIC)
                for id_, text in zip(ids, texts, strict=True)
            ],
        )
    return ids[::-1]


async def _analyze(cluster: Cluster, database: Database) -> None:
    """Lets PostgreSQL see what stands in posts, which only the owner of the table may."""
    owner = await cluster.connect(str(database.engine.url.database))
    try:
        # What is altered is lent to nobody after this test: none is to find these statistics.
        await owner.execute("ALTER TABLE posts ALTER COLUMN document SET STATISTICS 100; ANALYZE posts")
        assert await owner.fetchval("SELECT reltuples FROM pg_class WHERE oid = 'posts'::regclass") > 0
    finally:
        await owner.close()


@pytest.mark.parametrize("analyzed", [True, False])
async def test_pages_are_whole_in_both_directions_whichever_way_is_taken(
    hearth: Hearth, cluster: Cluster, analyzed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await hearth.account()
    ids = await _many(hearth.database, ann, 60)
    # What the reader may not see takes no room on a page.
    await _many(hearth.database, await hearth.account(private=True), 60)
    await hearth.run_job("posts.write_documents")
    if analyzed:
        await _analyze(cluster, hearth.database)
    monkeypatch.setattr(found, "WALKED_POSTS", 7)
    expected = {
        "common": ids,
        "rarer": ids[9::10],
        "once": ids[-3:],
        "common -rarer": [i for i in ids if i not in ids[9::10]],
    }
    for query, wanted in expected.items():
        forth: list[int] = []
        pages = 1
        page = await search(ann.client, query, limit=8)
        while True:
            forth += [int(item["post"]["id"]) for item in page["items"]]
            if page["next"] is None:
                break
            page = await search(ann.client, query, limit=8, cursor=page["next"])
            pages += 1
        assert (forth, pages) == (wanted, -(-len(wanted) // 8)), query
        back = [int(item["post"]["id"]) for item in page["items"]]
        while page["prev"] is not None:
            page = await search(ann.client, query, limit=8, cursor=page["prev"])
            back = [int(item["post"]["id"]) for item in page["items"]] + back
        assert back == wanted, query


async def test_a_search_that_stops_on_its_way_says_where_to_go_on(
    hearth: Hearth, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, ben = await hearth.account(), await hearth.account()
    ids = await _many(hearth.database, ann, 30)
    monkeypatch.setattr(found, "WALKED_POSTS", 4)
    monkeypatch.setattr(found, "WALKS", 2)
    monkeypatch.setattr(found, "LOOKED_UP_POSTS", 0)
    await hearth.run_job("posts.write_documents")
    for query, texts in (("in:home", []), ("common once", ["common rarer once", "common once", "common once"])):
        seen, pages = list[str](), 0
        cursor: dict[str, str] | None = {}
        while cursor is not None:
            page = await search(ben.client, query, **cursor)
            seen += [item["post"]["text"] for item in page["items"]]
            pages, cursor = pages + 1, {"cursor": page["next"]} if page["next"] else None
        assert (sorted(seen), pages) == (sorted(texts), 1 + len(ids) // 8), query


async def test_the_words_of_a_post_are_those_of_its_text(hearth: Hearth) -> None:
    ann = await hearth.account()
    first = await write(ann, "hello world")
    await write(ann, "привет", content_warning="cw", language="ru")
    async with hearth.database.read() as session:
        assert await checks.words(session) == []
    async with hearth.database.write() as session:
        await session.execute(update(models.Post).where(models.Post.id == int(first)).values(text="changed by hand"))
    async with hearth.database.read() as session:
        assert await checks.words(session) == [f"post {first}: is not found by its words"]
