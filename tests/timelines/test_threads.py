"""Conversations: what a post answers, the post, and what answers it; as far as the reader may see it."""

from typing import Any

import pytest

from src.timelines.constants import THREAD_BYTES, THREAD_OF_MEMBERS, THREAD_OF_STRANGERS
from tests.hearth import Hearth, Person, problem
from tests.posts.test_posts import write
from tests.timelines.steps import one_after_the_other, written_at

pytestmark = pytest.mark.integration


async def _thread(person: Person | Hearth, post: dict[str, Any]) -> dict[str, Any]:
    response = await person.client.get(f"/v1/posts/{post['id']}/thread")
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def _texts(items: list[dict[str, Any]]) -> list[str]:
    return [item["post"]["text"] for item in items]


async def _reply(person: Person, text: str, parent: dict[str, Any], **fields: object) -> dict[str, Any]:
    return await write(person, text, reply_to_id=parent["id"], **fields)


async def test_answers_stand_under_what_they_answer_the_old_before_the_new(hearth: Hearth) -> None:
    ann, ben = await hearth.account(), await hearth.account()
    root = await write(ann, "root")
    first, second = await _reply(ben, "1", root), await _reply(ann, "2", root)
    under_first = await _reply(ann, "1.1", first)
    await _reply(ben, "2.1", second)
    await _reply(ben, "1.1.1", under_first)
    await _reply(ben, "1.2", first)
    whole = await _thread(ann, root)
    assert whole["ancestors"] == []
    assert whole["item"]["post"]["text"] == "root"
    assert _texts(whole["descendants"]) == ["1", "1.1", "1.1.1", "1.2", "2", "2.1"]
    middle = await _thread(ann, under_first)
    assert _texts(middle["ancestors"]) == ["root", "1"]
    assert _texts(middle["descendants"]) == ["1.1.1"]
    assert {item["post"]["thread_id"] for item in whole["descendants"]} == {root["id"]}


async def test_a_hidden_post_does_not_hide_what_answers_it(hearth: Hearth) -> None:
    ann, ben, cat = await hearth.account(), await hearth.account(), await hearth.account()
    root = await write(ann, "root")
    hidden = await _reply(ann, "for followers", root, visibility="followers")
    await ben.client.post(f"/v1/users/{ann.username}/follow")
    below = await _reply(ben, "below", hidden)
    assert _texts((await _thread(ben, root))["descendants"]) == ["for followers", "below"]
    assert _texts((await _thread(cat, root))["descendants"]) == ["below"]
    assert _texts((await _thread(cat, below))["ancestors"]) == ["root"]
    assert _texts((await _thread(ben, below))["ancestors"]) == ["root", "for followers"]


async def test_who_blocks_or_is_muted_is_not_heard(hearth: Hearth) -> None:
    ann, ben, cat, dan = [await hearth.account() for _ in range(4)]
    root = await write(ann, "root")
    from_ben = await _reply(ben, "from ben", root)
    await _reply(cat, "from cat", from_ben)
    await _reply(dan, "from dan", root)
    await ann.client.post(f"/v1/users/{cat.username}/block")
    await ann.client.post(f"/v1/users/{dan.username}/mute")
    assert _texts((await _thread(ann, root))["descendants"]) == ["from ben"]
    assert _texts((await _thread(cat, from_ben))["ancestors"]) == []
    assert _texts((await _thread(ben, root))["descendants"]) == ["from ben", "from cat", "from dan"]
    # A muted person's post is there when it is asked for, and above what is asked for.
    below = await _reply(ben, "to dan", await _reply(dan, "again", root))
    assert _texts((await _thread(ann, below))["ancestors"]) == ["root", "again"]


async def test_what_cannot_be_seen_has_no_thread(hearth: Hearth) -> None:
    ann, ben = await hearth.account(), await hearth.account()
    hidden = await write(ann, "hidden", visibility="followers")
    for path in (f"/v1/posts/{hidden['id']}/thread", "/v1/posts/1/thread"):
        assert problem(await ben.client.get(path)) == "post_not_found"
        assert problem(await hearth.client.get(path)) == "post_not_found"


async def test_replies_outlive_what_they_answer(hearth: Hearth) -> None:
    ann, ben = await hearth.account(), await hearth.account()
    root = await write(ann, "root")
    middle = await _reply(ben, "middle", root)
    leaf = await _reply(ann, "leaf", middle)
    await ben.client.delete(f"/v1/posts/{middle['id']}")
    assert (await _thread(ann, leaf))["ancestors"] == []
    assert (await _thread(ann, root))["descendants"] == []


async def test_each_reader_finds_what_they_did_themselves(hearth: Hearth) -> None:
    ann, ben = await hearth.account(), await hearth.account()
    root = await write(ann, "root")
    reply = await _reply(ben, "reply", root)
    await ann.client.post(f"/v1/posts/{reply['id']}/like")
    for person, liked in ((ann, True), (ben, False)):
        (item,) = (await _thread(person, root))["descendants"]
        assert (item["viewer"]["liked"], item["post"]["likes_count"]) == (liked, 1)
        assert item["reposted_by"] is None


async def _chain(hearth: Hearth, ids: list[int]) -> None:
    """Makes each of these posts answer the one before."""
    chain = "UPDATE posts SET reply_to_id = previous.id FROM unnest($1::bigint[], $2::bigint[]) previous(id, next)"
    await hearth.database.fetch(f"{chain} WHERE posts.id = previous.next", [ids[:-1], ids[1:]])


async def test_a_long_way_up_is_cut_and_says_so(hearth: Hearth) -> None:
    ann = await hearth.account()
    most = THREAD_OF_STRANGERS.ancestors
    ids = await written_at(hearth, ann, one_after_the_other(most + 3))
    await _chain(hearth, ids)
    answer = await _thread(hearth, {"id": ids[-1]})
    # The nearest are kept.
    assert _texts(answer["ancestors"]) == [str(number) for number in range(2, most + 2)]
    assert (answer["more_ancestors"], answer["more_descendants"]) == (True, False)
    assert not (await _thread(hearth, {"id": ids[most]}))["more_ancestors"]
    answer = await _thread(ann, {"id": ids[-1]})
    assert (len(answer["ancestors"]), answer["more_ancestors"]) == (most + 2, False)


async def test_a_post_with_very_many_answers_shows_as_many_as_one_may_ask_for(hearth: Hearth) -> None:
    ann = await hearth.account()
    root = await write(ann, "root")
    many = "INSERT INTO posts (id, author_id, text, visibility, version, likes_count, reposts_count, replies_count, quotes_count, reply_to_id, reply_to_author_id) SELECT hearth_id(now() + n * interval '1 ms'), $1::bigint, n::text, 1, 1, 0, 0, 0, 0, $2::bigint, $1 FROM generate_series(0, 4999) n RETURNING id"  # noqa: E501
    ids = [row["id"] for row in await hearth.database.fetch(many, [ann.id, int(root["id"])])]
    # What answers the last ones is further down than the bounds reach, what answers the first ones is not.
    deeper = await _reply(ann, "deeper", {"id": str(ids[0])})
    for reader, bounds in ((hearth, THREAD_OF_STRANGERS), (ann, THREAD_OF_MEMBERS)):
        answer = await _thread(reader, root)
        assert _texts(answer["descendants"]) == [str(number) for number in range(bounds.descendants)]
        assert (answer["more_ancestors"], answer["more_descendants"]) == (False, True)
        answer = await _thread(reader, {"id": ids[0]})
        assert [item["post"]["id"] for item in answer["descendants"]] == [deeper["id"]]
        assert not answer["more_descendants"]
    drop = "DELETE FROM posts WHERE id = ANY($1::bigint[])"
    await hearth.database.fetch(drop, [ids[THREAD_OF_STRANGERS.descendants - 1 :]])
    answer = await _thread(hearth, root)
    assert len(answer["descendants"]) == THREAD_OF_STRANGERS.descendants
    assert _texts(answer["descendants"])[:3] == ["0", "deeper", "1"]
    assert not answer["more_descendants"]


async def test_a_deep_conversation_is_cut_and_goes_on_in_the_threads_of_its_answers(hearth: Hearth) -> None:
    ann = await hearth.account()
    deepest = THREAD_OF_MEMBERS.depth
    ids = await written_at(hearth, ann, one_after_the_other(deepest + 3))
    await _chain(hearth, ids)
    for reader, depth in ((hearth, THREAD_OF_STRANGERS.depth), (ann, deepest)):
        answer = await _thread(reader, {"id": ids[0]})
        assert _texts(answer["descendants"]) == [str(number) for number in range(1, depth + 1)]
        assert answer["more_descendants"]
        assert not (await _thread(reader, {"id": ids[-1 - depth]}))["more_descendants"]


async def test_a_conversation_of_very_long_posts_is_cut_and_says_so(hearth: Hearth) -> None:
    ann = await hearth.account()
    ids = await written_at(hearth, ann, one_after_the_other(9))
    await _chain(hearth, ids)
    # Posts that were brought along may be longer than what is written here; two of these fit into each half.
    longer = "UPDATE posts SET text = id || repeat('\u00e9', $2) WHERE id = ANY($1::bigint[])"
    await hearth.database.fetch(longer, [ids, THREAD_BYTES // 10])
    for reader in (hearth, ann):
        answer = await _thread(reader, {"id": ids[4]})
        assert [item["post"]["id"] for item in answer["ancestors"]] == [str(id_) for id_ in ids[2:4]]
        assert [item["post"]["id"] for item in answer["descendants"]] == [str(id_) for id_ in ids[5:7]]
        assert (answer["more_ancestors"], answer["more_descendants"]) == (True, True)
        answer = await _thread(reader, {"id": ids[7]})
        assert (answer["more_ancestors"], answer["more_descendants"]) == (True, False)
    # A post that fills an answer alone is still there when it is asked for.
    await hearth.database.fetch(longer, [ids[:1], THREAD_BYTES // 2])
    answer = await _thread(hearth, {"id": ids[0]})
    assert len(answer["descendants"]) == 2
    assert (await _thread(hearth, {"id": ids[1]}))["ancestors"] == []
