"""Who leaves has a week to come back, and then nothing of them is left, wherever the server stops in between."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from src import clock
from src.archives import jobs, models, queries
from src.archives.constants import DELAY
from src.auth import administration, callers
from src.auth import models as auth_models
from src.database import WriteSession
from src.feature import Feature, Owned, Registry, Role, Statements
from src.posts import service as posts
from src.posts.schemas import PostCreate
from tests.archives.story import EMPTY, live, tables_with, tables_without_rows
from tests.auth.letters import templates
from tests.auth.people import log_in, status_with, try_login, try_refresh
from tests.hearth import PASSWORD, Hearth, Person, problem
from tests.media.conftest import stored
from tests.media.steps import process
from tests.users.test_concurrency import wait_event

PATH, JOB = "/v1/account/deletion", "archives.delete_due"
LATER = DELAY + timedelta(seconds=1)
# What is nobody's row but holds a word of somebody's goes soon after: letters that were sent, and cards of links that
# nobody shares any more.
AFTERWARDS = ("mail.purge", "previews.forget")


async def delete(hearth: Hearth, person: Person) -> None:
    assert (await person.client.post(PATH)).status_code == 202
    await hearth.run_job(JOB, at=clock.now() + LATER)


async def ledger(hearth: Hearth, account_id: int) -> set[str]:
    async with hearth.database.read() as session:
        done = select(models.Erasure.package).where(models.Erasure.account_id == account_id)
        return set(await session.scalars(done))


async def finished(hearth: Hearth, account_id: int) -> bool:
    async with hearth.database.read() as session:
        return (await session.get_one(models.Deletion, account_id)).finished_at is not None


def owners(hearth: Hearth) -> set[str]:
    return {name for name, _ in hearth.runtime.registry.by_feature(Owned)}


async def test_nothing_of_who_has_left_is_left(folder: Path, hearth: Hearth) -> None:
    canary = "c4n4ry_7f3a9b"
    ada = await live(hearth, canary)
    # The story is whole: each table that holds people's rows has some of hers, and many a trace.
    assert await tables_without_rows(hearth) == EMPTY
    assert len(await tables_with(hearth, canary)) > 10
    assert stored(folder)
    await delete(hearth, ada)
    await hearth.settle()
    with clock.shifted(LATER):
        await process(hearth)
    for job in AFTERWARDS:
        await hearth.run_job(job, at=clock.now() + LATER)
    assert await finished(hearth, ada.id)
    assert await ledger(hearth, ada.id) == owners(hearth)
    assert await tables_with(hearth, canary) == {}
    assert stored(folder) == []
    # Her id is where proof of her leaving is, in keys and events for as long as those are kept, in posts of others as
    # whom they answered, and in homes as a candidate that no reader sees and the trimming sweeps.
    kept = {"deletions", "erasures", "letters", "outbox", "posts", "revocations", "timeline_entries"}
    assert set(await tables_with(hearth, str(ada.id))) <= kept


async def test_others_keep_what_is_theirs(hearth: Hearth) -> None:
    ada, grace = await live(hearth, "c4n4ry_1"), await hearth.account("grace")
    post = (await grace.client.post("/v1/posts", json={"text": "hers"})).json()
    for what in ("like", "repost"):
        await ada.client.post(f"/v1/posts/{post['id']}/{what}")
    await ada.client.post("/v1/users/grace/follow")
    await delete(hearth, ada)
    read = (await grace.client.get(f"/v1/posts/{post['id']}")).json()
    assert (read["text"], read["likes_count"], read["reposts_count"]) == ("hers", 0, 0)
    assert (await grace.client.get("/v1/users/grace")).json()["followers_count"] == 0
    assert problem(await grace.client.get("/v1/users/c4n4ry_1")) == "user_not_found"


async def test_for_a_week_one_may_come_back(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    async with hearth.database.write() as session:
        (await session.get_one(auth_models.Account, ada.id)).email = "ada@example.org"
    grant = await log_in(hearth.client, "ada")
    key = (await ada.client.post("/v1/auth/api-keys", json={"name": "x", "scopes": ["auth:read"]})).json()["secret"]
    asked = await ada.client.post(PATH)
    assert asked.status_code == 202
    for credential in (ada.token, grant["access_token"], key):
        assert await status_with(hearth.client, credential) == 401
    assert (await try_refresh(hearth.client, grant["refresh_token"])).status_code == 401
    assert "deletion_requested" in await templates(hearth)
    await hearth.run_job(JOB, at=clock.now() + DELAY - timedelta(minutes=1))
    back = hearth.connect({"Authorization": f"Bearer {(await log_in(hearth.client, 'ada'))['access_token']}"})
    assert (await back.get(PATH)).json() == asked.json()
    assert (await back.delete(PATH)).status_code == 204
    for method in ("GET", "DELETE"):
        assert problem(await back.request(method, PATH)) == "deletion_not_asked"
    await hearth.run_job(JOB, at=clock.now() + LATER)
    assert (await back.get("/v1/auth/me")).status_code == 200
    kinds = [event["kind"] for event in (await back.get("/v1/auth/security-events")).json()["items"]]
    assert [kind for kind in kinds if "deletion" in kind] == ["deletion_withdrawn", "deletion_requested"]


async def test_asked_for_again_the_day_stays(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    first = (await ada.client.post(PATH)).json()
    with clock.shifted(timedelta(days=3)):
        back = hearth.connect({"Authorization": f"Bearer {(await log_in(hearth.client, 'ada'))['access_token']}"})
        assert (await back.post(PATH)).json() == first


async def test_who_finds_a_session_open_cannot_end_the_account(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    async with hearth.database.write() as session:
        (await session.get_one(auth_models.Session, ada.session_id)).reauthenticated_at = None
    assert problem(await ada.client.post(PATH)) == "reauthentication_required"
    assert (await ada.client.post("/v1/auth/reauthenticate", json={"password": PASSWORD})).status_code == 204
    assert (await ada.client.post(PATH)).status_code == 202


async def test_the_name_of_who_has_left_is_nobodys(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    await delete(hearth, ada)
    assert problem(await try_login(hearth.client, "ada")) == "wrong_credentials"
    boss = await hearth.account("boss", role=Role.MODERATOR)
    code = (await boss.client.post("/v1/auth/invitations", json={})).json()["code"]
    body = {"username": "Ada", "password": PASSWORD, "invitation": code}
    assert problem(await hearth.client.post("/v1/auth/register", json=body)) == "username_taken"
    body["username"] = "adam"
    assert (await hearth.client.post("/v1/auth/register", json=body)).status_code == 201


async def test_who_comes_back_in_the_moment_of_leaving_is_late_and_stops_nothing(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    assert (await ada.client.post(PATH)).status_code == 202
    fresh = hearth.connect({"Authorization": f"Bearer {(await log_in(hearth.client, 'ada'))['access_token']}"})
    async with hearth.database.write() as session:
        assert await queries.begin(session, account_id=ada.id, now=clock.now())
        coming = asyncio.create_task(fresh.delete(PATH))
        await wait_event(hearth)
        await administration.mark_deleted(session, account_id=ada.id)
    assert (await coming).status_code == 401


async def test_the_last_admin_stays_also_when_two_leave_at_once(hearth: Hearth) -> None:
    one, two = await hearth.account("one", role=Role.ADMIN), await hearth.account("two", role=Role.ADMIN)
    answers = await asyncio.gather(one.client.post(PATH), two.client.post(PATH))
    assert sorted(answer.status_code for answer in answers) == [202, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert problem(refused) == "last_admin"


class Killed(BaseException):
    """What a process that is killed does not come back from."""


@contextmanager
def killed_at(hearth: Hearth, commit: int) -> Iterator[list[int]]:
    """The n-th commit from now on (counted from 0) never happens; gives how many there were."""
    counted = [0]
    is_armed, mine = [True], asyncio.current_task()

    async def kill(_session: WriteSession) -> None:
        # The server writes beside it now and then.
        if is_armed[0] and asyncio.current_task() is mine:
            counted[0] += 1
            if counted[0] > commit:
                raise Killed

    hearth.database.before_commit(kill)
    try:
        yield counted
    finally:
        is_armed[0] = False


async def test_wherever_it_is_killed_it_goes_on(hearth: Hearth) -> None:
    steps = len(owners(hearth)) + 2
    people = [await hearth.account(f"c4n4ry_{number:02}") for number in range(steps)]
    for person in people:
        assert (await person.client.post("/v1/posts", json={"text": person.username})).status_code == 201
        assert (await person.client.post(PATH)).status_code == 202
    later = clock.now() + LATER
    for step, person in enumerate(people):
        async with hearth.database.write() as session:
            await session.execute(
                text("UPDATE deletions SET due_at = :at WHERE account_id = :id"), {"at": clock.now(), "id": person.id}
            )
        with killed_at(hearth, step) as counted, pytest.raises(Killed):
            await hearth.run_job(JOB)
        assert counted[0] == step + 1
        assert len(await ledger(hearth, person.id)) == max(0, step - 1)
        assert not await finished(hearth, person.id)
        # What has begun goes to its end: there is no half of an account.
        assert (await try_login(hearth.client, person.username)).status_code == (401 if step else 200)
        await hearth.run_job(JOB)
        assert await ledger(hearth, person.id) == owners(hearth)
        assert await tables_with(hearth, person.username) == {}
    await hearth.run_job(JOB, at=later)


async def test_what_was_on_its_way_when_it_began_is_erased_too(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    assert (await ada.client.post(PATH)).status_code == 202
    later = clock.now() + LATER
    order = [name for name, _ in hearth.runtime.registry.by_feature(Owned)]
    above = len(set(order[order.index("posts") :]))
    with killed_at(hearth, above + 1), pytest.raises(Killed):
        await hearth.run_job(JOB, at=later)
    assert {"posts", "users"} & await ledger(hearth, ada.id) == {"posts"}
    # A request that was let in a moment before.
    caller = callers.Caller(account_id=ada.id, session_id=1, role=Role.MEMBER, scopes=None)
    async with hearth.database.write() as session:
        await posts.publish(session, caller=caller, data=PostCreate(text="a last word"))
    await hearth.run_job(JOB, at=later)
    assert not await finished(hearth, ada.id)
    await hearth.run_job(JOB, at=later)
    assert await finished(hearth, ada.id)
    assert await tables_with(hearth, "a last word") == {}


async def test_one_that_cannot_be_erased_holds_up_nobody(hearth: Hearth) -> None:
    ada, grace = await hearth.account("ada"), await hearth.account("grace")
    for person in (ada, grace):
        assert (await person.client.post(PATH)).status_code == 202

    def export(_account_id: int) -> Statements:
        return {}

    async def erase(_session: WriteSession, account_id: int) -> None:
        if account_id == ada.id:
            raise ZeroDivisionError

    registry = Registry([Feature("broken", (Owned((), export=export, erase=erase),))], consumed=[Owned])
    with clock.shifted(LATER):
        await jobs.delete_due(hearth.database, registry)
    assert [await finished(hearth, person.id) for person in (ada, grace)] == [False, True]
    await hearth.run_job(JOB, at=clock.now() + LATER)
    assert await finished(hearth, ada.id)


async def test_two_schedulers_erase_an_account_once(hearth: Hearth) -> None:
    ada = await live(hearth, "c4n4ry_2")
    assert (await ada.client.post(PATH)).status_code == 202
    at = clock.now() + LATER
    with clock.shifted(at - clock.now()):
        await asyncio.gather(*(hearth.run_job(JOB) for _ in range(3)))
        await hearth.run_job("previews.forget")
    assert await finished(hearth, ada.id)
    assert await tables_with(hearth, "c4n4ry_2") == {}
