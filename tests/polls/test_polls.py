"""Polls on posts over HTTP: asking, voting, who sees what, the end and its news, leaving and moving."""

from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from src import clock
from src.config import Settings
from src.feature import Role
from src.polls import archive, checks, models
from src.polls.constants import ENDED
from tests.archives.moves import another, bring, export, rows
from tests.cluster import Cluster
from tests.counting import counting
from tests.exported import exported
from tests.hearth import Hearth, Person, problem
from tests.media import files
from tests.media.steps import upload
from tests.notifications.steps import asked as inbox_of
from tests.polls.steps import OPTIONS, ask, no_counter_is_wrong, read, vote, votes
from tests.posts.test_posts import write
from tests.timelines.steps import follow

pytestmark = pytest.mark.integration

DAY = 86_400
JOB = "polls.close"


async def test_a_post_asks_and_its_readers_answer(hearth: Hearth) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    post = await ask(ann, question=" Which day? ", open_for=DAY)
    poll, path = post["poll"], f"/v1/posts/{post['id']}"
    assert poll["belongs_to"] == {"kind": "post", "id": post["id"]}
    assert (poll["question"], poll["kind"], poll["voters"], votes(poll)) == ("Which day?", "single", 0, [0, 0, 0])
    assert [option["text"] for option in poll["options"]] == OPTIONS
    assert (poll["has_ended"], poll["choices"], poll["outcome"]) == (False, None, None)
    answer = (await vote(ben, poll["id"], 1)).json()
    assert (votes(answer), answer["voters"], answer["choices"]) == ([0, 1, 0], 1, [1])
    # Once more is once, and another choice takes the place of the first.
    assert (await vote(ben, poll["id"], 1)).json() == answer
    assert votes((await vote(ben, poll["id"], 2)).json()) == [0, 0, 1]
    assert (await vote(ann, poll["id"], 2)).is_success
    assert (await ben.client.delete(f"/v1/polls/{poll['id']}/ballot")).status_code == HTTPStatus.NO_CONTENT
    assert (await ben.client.delete(f"/v1/polls/{poll['id']}/ballot")).status_code == HTTPStatus.NO_CONTENT
    left = await read(ben, poll["id"])
    assert (votes(left), left["voters"], left["choices"]) == ([0, 0, 1], 1, None)
    told = await hearth.database.fetch("SELECT count(*) AS number FROM outbox WHERE type = 'polls.voted'", [])
    assert told[0]["number"] == 4
    # The same stands with the post wherever it is read, each time with the reader's own vote.
    assert (await ben.client.get(path)).json()["poll"] == left
    assert (await hearth.client.get(path)).json()["poll"] == left
    own = await read(ann, poll["id"])
    for page in ("/v1/timelines/home", "/v1/timelines/public"):
        [item] = (await ann.client.get(page)).json()["items"]
        assert item["post"]["poll"] == own, page
    assert (await ben.client.get(f"{path}/thread")).json()["item"]["post"]["poll"] == left
    edited = (await ann.client.patch(path, json={"text": "Well, when?"})).json()
    assert (edited["text"], edited["poll"]) == ("Well, when?", own)
    await no_counter_is_wrong(hearth)


async def test_a_ballot_has_to_fit_its_poll(hearth: Hearth) -> None:
    ann = await hearth.account("ann")
    single = (await ask(ann))["poll"]["id"]
    multiple = (await ask(ann, kind="multiple"))["poll"]["id"]
    ranked = (await ask(ann, kind="ranked"))["poll"]["id"]
    for poll_id, choices in ((single, [0, 1]), (single, [3]), (multiple, [1, 1]), (ranked, [2, 2]), (ranked, [3, 0])):
        assert problem(await vote(ann, poll_id, *choices)) == "ballot_unfit", (poll_id, choices)
    for malformed in ([], [-1], [12], ["0"]):
        answer = await ann.client.put(f"/v1/polls/{single}/ballot", json={"choices": malformed})
        assert problem(answer) == "invalid_input", malformed
    assert votes((await vote(ann, multiple, 2, 0)).json()) == [1, 0, 1]
    voted = (await vote(ann, ranked, 2, 0)).json()
    assert (votes(voted), voted["choices"], voted["outcome"]) == ([0, 0, 1], [2, 0], None)
    assert votes((await vote(ann, ranked, 0, 2)).json()) == [1, 0, 0]
    await no_counter_is_wrong(hearth)


async def test_what_cannot_be_asked(hearth: Hearth) -> None:
    ann = await hearth.account("ann")
    media_id = (await upload(ann, files.written(files.picture(), "JPEG"))).json()["id"]

    async def code_for(**body: object) -> str:
        return problem(await ann.client.post("/v1/posts", json={"text": "?", **body}))

    for words in ({"options": ["a", " a "]}, {"options": ["a", "\u200b"]}, {"options": ["a", "b"], "question": " "}):
        assert await code_for(poll=words) == "poll_words_unfit", words
    refused: tuple[tuple[str, dict[str, object]], ...] = (
        ("poll_with_media", {"poll": {"options": ["a", "b"]}, "media_ids": [media_id]}),
        ("post_empty", {"poll": {"options": ["a", "b"]}, "text": ""}),
        ("invalid_input", {"poll": {"options": ["a"]}}),
        ("invalid_input", {"poll": {"options": [str(number) for number in range(13)]}}),
        ("invalid_input", {"poll": {"options": ["a", "b"], "open_for": 59}}),
        ("invalid_input", {"poll": {"options": ["a", "b"], "kind": "other"}}),
    )
    for code, body in refused:
        assert await code_for(**body) == code, body
    assert (await ann.client.get("/v1/timelines/users/ann")).json()["items"] == []
    post = await ask(ann)
    path = f"/v1/posts/{post['id']}"
    assert problem(await ann.client.patch(path, json={"media_ids": [media_id]})) == "poll_with_media"
    assert (await ann.client.patch(path, json={"text": "!", "media_ids": []})).is_success
    async with hearth.database.read() as session:
        assert await checks.places(session) == []


async def test_who_sees_the_post_sees_the_poll_and_nobody_else(hearth: Hearth) -> None:
    ann, ben, eve = [await hearth.account(name) for name in ("ann", "ben", "eve")]
    await follow(ben, ann)
    poll_id = (await ask(ann, post={"visibility": "followers"}))["poll"]["id"]
    assert (await vote(ben, poll_id, 0)).is_success
    assert problem(await vote(eve, poll_id, 0)) == "poll_not_found"
    assert problem(await hearth.client.get(f"/v1/polls/{poll_id}")) == "poll_not_found"
    assert problem(await ben.client.post(f"/v1/polls/{poll_id}/close")) == "poll_not_yours"
    assert (await ann.client.post("/v1/users/ben/block")).is_success
    assert problem(await ben.client.get(f"/v1/polls/{poll_id}")) == "poll_not_found"
    assert problem(await vote(ben, poll_id, 1)) == "poll_not_found"
    # What is theirs they take back.
    assert (await ben.client.delete(f"/v1/polls/{poll_id}/ballot")).is_success
    assert problem(await ben.client.delete(f"/v1/polls/{poll_id}/ballot")) == "poll_not_found"
    assert votes(await read(ann, poll_id)) == [0, 0, 0]


async def test_hidden_results_are_shown_at_the_end_and_names_only_in_public_polls(hearth: Hearth) -> None:
    ann, ben, cat = [await hearth.account(name) for name in ("ann", "ben", "cat")]
    hidden = (await ask(ann, is_hidden=True, is_public=True, kind="multiple"))["poll"]["id"]
    secret = (await ask(ann))["poll"]["id"]
    for person, choices in ((ben, (0, 2)), (cat, (2,))):
        answer = (await vote(person, hidden, *choices)).json()
        assert (votes(answer), answer["voters"], answer["choices"]) == ([None] * 3, None, list(choices))
    assert votes(await read(ann, hidden)) == [None] * 3
    assert problem(await ann.client.get(f"/v1/polls/{hidden}/voters")) == "poll_results_hidden"
    assert problem(await ann.client.get(f"/v1/polls/{secret}/voters")) == "poll_is_anonymous"
    ended = (await ann.client.post(f"/v1/polls/{hidden}/close")).json()
    assert (votes(ended), ended["voters"], ended["has_ended"]) == ([1, 0, 2], 2, True)
    first = (await ann.client.get(f"/v1/polls/{hidden}/voters?limit=1")).json()
    second = (await ann.client.get(f"/v1/polls/{hidden}/voters?limit=1&cursor={first['next']}")).json()
    named = [(item["person"]["username"], item["choices"]) for item in first["items"] + second["items"]]
    assert (named, second["next"]) == ([("cat", [2]), ("ben", [0, 2])], None)
    assert (await ben.client.post("/v1/users/cat/block")).is_success
    seen = (await ben.client.get(f"/v1/polls/{hidden}/voters")).json()["items"]
    assert [item["person"]["username"] for item in seen] == ["ben"]


async def test_a_poll_ends_at_its_time_and_those_who_voted_are_told_once(hearth: Hearth) -> None:
    ann, ben, cat, dan = [await hearth.account(name) for name in ("ann", "ben", "cat", "dan")]
    poll_id = (await ask(ann, question="Which day?", open_for=60, is_hidden=True))["poll"]["id"]
    await ask(ann, open_for=DAY)
    for person in (ann, ben, cat, dan):
        assert (await vote(person, poll_id, 0)).is_success
    assert (await dan.client.delete(f"/v1/polls/{poll_id}/ballot")).is_success
    assert (await cat.client.post("/v1/users/ann/mute", json={})).is_success
    await hearth.run_job(JOB)
    assert not (await read(ann, poll_id))["has_ended"]
    with clock.shifted(timedelta(seconds=61)):
        # Over is over, whether the job has come by or not.
        assert problem(await vote(dan, poll_id, 1)) == "poll_ended"
        assert problem(await ben.client.delete(f"/v1/polls/{poll_id}/ballot")) == "poll_ended"
        assert votes(await read(ann, poll_id)) == [3, 0, 0]
        for _ in range(2):
            await hearth.run_job(JOB)
            await hearth.settle()
        ended = await read(ben, poll_id)
        assert (await ann.client.post(f"/v1/polls/{poll_id}/close")).json() == await read(ann, poll_id)
        await hearth.settle()
    assert (ended["has_ended"], votes(ended)) == (True, [3, 0, 0])
    for person, actor in ((ann, None), (ben, "ann")):
        [item] = (await inbox_of(person))["items"]
        assert (item["kind"], item["subject"]["kind"], item["subject"]["id"]) == (ENDED.name, "poll", poll_id)
        assert (item["actor"] and item["actor"]["username"], item["subject"]["excerpt"]) == (actor, "Which day?")
    for person in (cat, dan):
        assert (await inbox_of(person))["items"] == []
    # Gone with the post.
    assert (await ann.client.delete(f"/v1/posts/{ended['belongs_to']['id']}")).is_success
    assert (await inbox_of(ben))["items"] == []
    await hearth.settle()
    assert problem(await ben.client.get(f"/v1/polls/{poll_id}")) == "poll_not_found"
    async with hearth.database.read() as session:
        left = (await session.scalars(select(models.PollBallot.poll_id))).all()
        connection = await session.connection()
        told = await connection.exec_driver_sql("SELECT count(*) FROM notifications")
        assert (list(left), told.scalar_one()) == ([], 0)


async def test_a_ranked_poll_is_decided_at_its_end_by_run_off(hearth: Hearth) -> None:
    ann, ben, cat, dan, eve = [await hearth.account(name) for name in ("ann", "ben", "cat", "dan", "eve")]
    poll_id = (await ask(ann, kind="ranked"))["poll"]["id"]
    for person, choices in ((ann, (0, 2)), (ben, (0, 2)), (cat, (1, 2)), (dan, (1,)), (eve, (2, 1))):
        assert (await vote(person, poll_id, *choices)).is_success
    ended = (await ann.client.post(f"/v1/polls/{poll_id}/close")).json()
    assert votes(ended) == [2, 2, 1]
    assert ended["outcome"] == {
        "rounds": [
            {"votes": [2, 2, 1], "exhausted": 0, "eliminated": [2]},
            {"votes": [2, 3, None], "exhausted": 0, "eliminated": []},
        ],
        "winners": [1],
    }
    # Ended by herself, the owner is told nothing; who voted is.
    await hearth.settle()
    assert (await inbox_of(ann))["items"] == []
    assert [item["subject"]["excerpt"] for item in (await inbox_of(ben))["items"]] == [" / ".join(OPTIONS)]
    # Who leaves takes their vote out of what was decided.
    async with hearth.database.write() as session:
        await archive.erase(session, eve.id)
    left = await read(ann, poll_id)
    assert (left["voters"], votes(left), left["outcome"]["winners"]) == (4, [2, 2, 0], [0, 1])
    await no_counter_is_wrong(hearth)


async def test_a_page_costs_one_statement_more_if_it_holds_polls(hearth: Hearth) -> None:
    ann = await hearth.account("ann")
    await write(ann, "plain")
    async with counting(hearth.database) as count:
        path = "/v1/timelines/users/ann"
        await count(ann, path)
        plain = len(await count(ann, path))
        # Besides the three of a post: the poll, its options, to what it belongs, and how it reads.
        body = {"text": "?", "poll": {"options": OPTIONS}}
        assert len(await count(ann, "/v1/posts", "POST", json=body)) == 7
        post = await ask(ann)
        await count(ann, path)
        assert len(await count(ann, path)) == plain + 1
        thread = f"/v1/posts/{post['id']}/thread"
        assert len(await count(ann, thread)) == 2
        assert len(await count(ann, f"/v1/posts/{post['id']}")) == 2
        # The poll with who sees it; its lock, the old ballot, the new one, two counters, the answer, and
        # the outbox.
        ballot = f"/v1/polls/{post['poll']['id']}/ballot"
        assert len(await count(ann, ballot, "PUT", json={"choices": [0]})) == 8


async def test_an_account_takes_its_polls_and_votes_along_and_leaves_none(hearth: Hearth) -> None:
    ann, ben, cat = [await hearth.account(name) for name in ("ann", "ben", "cat")]
    of_ann, of_ben = [(await ask(person, kind="multiple"))["poll"]["id"] for person in (ann, ben)]
    for poll_id in (of_ann, of_ben):
        for person in (ann, ben, cat):
            assert (await vote(person, poll_id, 0, 1)).is_success
    moderator = await hearth.account(role=Role.MODERATOR)
    async with hearth.database.write() as session:
        found = await exported(session, archive.export(ben.id))
        assert [(row["id"], row["voters"], row["options"]) for row in found["polls"]] == [
            (int(of_ben), 3, [["Friday", 3], ["Saturday", 3], ["Sunday", 0]])
        ]
        assert [(str(row["poll_id"]), row["owner"], row["choices"]) for row in found["poll_ballots"]] == [
            (of_ann, "ann", [0, 1]),
            (of_ben, "ben", [0, 1]),
        ]
    post_id = (await read(ben, of_ben))["belongs_to"]["id"]
    assert (await moderator.client.delete(f"/v1/posts/{post_id}")).is_success
    async with hearth.database.write() as session:
        await archive.erase(session, ben.id)
        found = await exported(session, archive.export(ben.id))
        assert found == {"polls": [], "poll_ballots": []}
    left = await read(ann, of_ann)
    assert (left["voters"], votes(left)) == (2, [2, 2, 0])
    await no_counter_is_wrong(hearth)


async def test_polls_move_with_their_posts_but_without_votes(
    hearth: Hearth, cluster: Cluster, settings: Settings, tmp_path: Path
) -> None:
    ann, ben = await hearth.account("ann"), await hearth.account("ben")
    running = (await ask(ann, "Running", question="Which day?", open_for=DAY))["poll"]
    ended = (await ask(ann, "Ended", kind="ranked", is_public=True))["poll"]
    gone = await ask(ann, "Gone")
    for poll in (running, ended):
        assert (await vote(ben, poll["id"], 2)).is_success
    assert (await ann.client.post(f"/v1/polls/{ended['id']}/close")).is_success
    packed = await export(hearth, ann, tmp_path)
    async with another(cluster, settings) as there:
        new = await there.account("ann")
        first = await bring(there, new, packed)
        assert first["polls"] == {"new": 3, "known": 0, "skipped": {}}
        found = {item["post"]["text"]: item["post"]["poll"] for item in await _items(new)}
        for before, after in ((running, found["Running"]), (ended, found["Ended"])):
            for name in ("question", "kind", "is_public", "is_hidden", "closes_at"):
                assert after[name] == before[name]
            assert ([option["text"] for option in after["options"]], after["voters"]) == (OPTIONS, 0)
        assert not found["Running"]["has_ended"]
        assert found["Ended"]["outcome"] == {"rounds": [], "winners": []}
        assert (await vote(new, found["Running"]["id"], 1)).is_success
        assert problem(await vote(new, found["Ended"]["id"], 1)) == "poll_ended"
        again = await bring(there, new, packed)
        assert again["polls"] == {"new": 0, "known": 3, "skipped": {}}
        # Whatever is deleted after it has come does not come again.
        assert (await new.client.delete(f"/v1/posts/{found['Gone']['belongs_to']['id']}")).is_success
        assert (await bring(there, new, packed))["polls"]["new"] == 0
        await no_counter_is_wrong(there)
        assert len(rows(await export(there, new, tmp_path))["polls"]) == 2
    # Somebody else's poll in an archive is nobody's here.
    assert gone["poll"]["owner_id"] == str(ann.id)


async def _items(person: Person) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await person.client.get(f"/v1/timelines/users/{person.username}")).json()["items"]
    return found


async def test_the_recount_finds_a_wrong_counter(hearth: Hearth) -> None:
    ann = await hearth.account("ann")
    poll_id = (await ask(ann))["poll"]["id"]
    await hearth.database.fetch("UPDATE polls SET voters = 7 WHERE id = $1", [int(poll_id)])
    await hearth.database.fetch("UPDATE poll_options SET votes = 5 WHERE position = 1", [])
    async with hearth.database.read() as session:
        assert await checks.counters(session) == [
            f"poll {poll_id}: 7 voters kept, 0 found",
            f"poll {poll_id}, option 1: 5 votes kept, 0 found",
        ]
    # What has drifted keeps nobody from taking their vote back.
    assert (await vote(ann, poll_id, 0)).is_success
    await hearth.database.fetch("UPDATE polls SET voters = 0", [])
    await hearth.database.fetch("UPDATE poll_options SET votes = 0", [])
    assert (await ann.client.delete(f"/v1/polls/{poll_id}/ballot")).is_success
    await no_counter_is_wrong(hearth)
