"""What an account sees of its tasks over HTTP."""

from http import HTTPStatus

import pytest
from pydantic import BaseModel

from src import clock
from src.tasks import queries, service
from src.tasks.constants import State
from tests.hearth import Hearth, Person, problem

pytestmark = pytest.mark.integration


class Nothing(BaseModel):
    """No payload."""


async def queue(hearth: Hearth, person: Person, kind: str = "tests.later") -> int:
    """A task of this person that nobody here can run."""
    async with hearth.database.write() as session:
        return await service.enqueue(session, kind=kind, payload=Nothing(), owner_id=person.id)


async def take(hearth: Hearth, state: State | None = None) -> None:
    """Takes the tasks that wait, as a runner elsewhere does, and ends them if told how."""
    now = clock.now()
    async with hearth.database.write() as session:
        for claimed in await queries.claim(session, ["tests.later"], now=now, lease_until=now, count=9):
            if state is not None:
                await queries.finish(session, claimed, state=state, result={"found": 3}, error=None, now=now)


async def test_a_task_tells_how_it_stands(hearth: Hearth) -> None:
    alice = await hearth.account("alice")
    task_id = await queue(hearth, alice)
    path = f"/v1/tasks/{task_id}"
    task = (await alice.client.get(path)).json()
    assert (task["id"], task["kind"], task["state"]) == (str(task_id), "tests.later", "queued")
    assert (task["done"], task["total"], task["result"], task["error"]) == (0, None, None, None)
    assert (task["started_at"], task["finished_at"]) == (None, None)
    await take(hearth, State.DONE)
    task = (await alice.client.get(path)).json()
    assert (task["state"], task["result"]) == ("done", {"found": 3})
    assert task["created_at"] <= task["started_at"] <= task["finished_at"]


async def test_a_task_is_its_owners_alone(hearth: Hearth) -> None:
    alice, bob = await hearth.account("alice"), await hearth.account("bob")
    task_id = await queue(hearth, alice)
    path = f"/v1/tasks/{task_id}"
    assert problem(await bob.client.get(path)) == "task_not_found"
    assert problem(await bob.client.post(f"{path}/cancel")) == "task_not_found"
    assert problem(await alice.client.get(f"/v1/tasks/{task_id + 1}")) == "task_not_found"
    assert problem(await hearth.client.get(path)) == "not_authenticated"
    assert (await bob.client.get("/v1/tasks")).json()["items"] == []


async def test_tasks_are_listed_newest_first_in_pages(hearth: Hearth) -> None:
    alice, bob = await hearth.account("alice"), await hearth.account("bob")
    made = [str(await queue(hearth, alice)) for _ in range(5)]
    await queue(hearth, bob)
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        body = (await alice.client.get("/v1/tasks", params=query)).json()
        found += [item["id"] for item in body["items"]]
        cursor = body["next"]
    assert found == made[::-1]


async def test_a_queued_task_is_cancelled_at_once(hearth: Hearth) -> None:
    alice = await hearth.account("alice")
    path = f"/v1/tasks/{await queue(hearth, alice)}"
    for _ in range(2):
        response = await alice.client.post(f"{path}/cancel")
        assert response.status_code == HTTPStatus.ACCEPTED
        assert response.json()["state"] == "cancelled"
    assert (await alice.client.get(path)).json()["finished_at"] is not None


async def test_a_running_task_is_asked_to_stop(hearth: Hearth) -> None:
    alice = await hearth.account("alice")
    path = f"/v1/tasks/{await queue(hearth, alice)}"
    await take(hearth)
    asked = (await alice.client.post(f"{path}/cancel")).json()
    assert (asked["state"], asked["finished_at"]) == ("running", None)
    assert asked["cancel_requested_at"] is not None
    again = (await alice.client.post(f"{path}/cancel")).json()
    assert again["cancel_requested_at"] == asked["cancel_requested_at"]


async def test_a_task_that_is_over_cannot_be_cancelled(hearth: Hearth) -> None:
    alice = await hearth.account("alice")
    path = f"/v1/tasks/{await queue(hearth, alice)}"
    await take(hearth, State.DONE)
    assert problem(await alice.client.post(f"{path}/cancel")) == "task_over"
    assert (await alice.client.get(path)).json()["state"] == "done"
