"""Idempotency keys over HTTP: what is sent twice happens once and is answered alike."""

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import text

from src import clock, idempotency, problems
from src.auth.constants import Permission
from src.auth.dependencies import Caller, CreateDep, requires
from src.exceptions import Conflict
from src.schemas import Input
from tests.hearth import Hearth, Person, problem

Member = Annotated[Caller, requires(Permission.READ)]
Anyone = Annotated[Caller, requires(Permission.OPEN)]
# Any table will do: a row a note.
WRITE = text("INSERT INTO revocations (credential_id, until) VALUES (nextval('hearth_id_sequence'), now())")


class Note(Input):
    """What is created."""

    words: str
    # What goes wrong, if anything.
    fail: str = ""


class Gates:
    """Lets a test hold a request between its effect and its end."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.leave = asyncio.Event()


def app_of_notes(gates: Gates) -> FastAPI:
    """An app with a route that creates notes."""
    router = APIRouter(route_class=idempotency.Route)

    @router.post("/notes", status_code=HTTPStatus.CREATED)
    async def create_note(note: Note, session: CreateDep, response: Response, caller: Member) -> dict[str, str]:
        await session.execute(WRITE)
        if note.fail == "conflict":
            raise Conflict
        if note.fail == "crash":
            raise RuntimeError
        if note.fail == "wait":
            gates.entered.set()
            await gates.leave.wait()
        response.headers["Location"] = "/notes/1"
        return {"words": note.words, "by": str(caller.account_id)}

    @router.post("/notes/open")
    async def create_open_note(note: Note, session: CreateDep, _caller: Anyone) -> dict[str, str]:
        await session.execute(WRITE)
        return {"words": note.words}

    @router.delete("/notes/{note_id}", status_code=HTTPStatus.NO_CONTENT)
    async def take_note(note_id: int, session: CreateDep, _caller: Member) -> None:
        assert note_id
        await session.execute(WRITE)

    @router.post("/notes/stream")
    async def stream_note(session: CreateDep, _caller: Member) -> StreamingResponse:
        await session.execute(WRITE)
        return StreamingResponse(iter([b"x"]))

    plain = APIRouter()

    @plain.post("/plain")
    async def create_plainly(session: CreateDep, _caller: Member) -> None:
        await session.execute(WRITE)

    app = FastAPI()
    app.include_router(router)
    app.include_router(plain)
    problems.install_error_handlers(app)
    return app


@pytest.fixture
def gates() -> Gates:
    return Gates()


class Notes:
    """The app of notes on the database of a house."""

    def __init__(self, hearth: Hearth, gates: Gates) -> None:
        self.hearth = hearth
        self._app = app_of_notes(gates)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        scope["state"] = self.hearth.runtime.state()
        await self._app(scope, receive, send)

    @asynccontextmanager
    async def client(self, person: Person | None) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(app=self, raise_app_exceptions=False)
        headers = person.headers if person else {}
        async with httpx.AsyncClient(transport=transport, base_url="http://notes.test", headers=headers) as client:
            yield client

    async def count(self) -> int:
        async with self.hearth.database.read() as session:
            return await session.scalar(text("SELECT count(*) FROM revocations")) or 0


@pytest.fixture
def notes(hearth: Hearth, gates: Gates) -> Notes:
    return Notes(hearth, gates)


@pytest.fixture
async def client(hearth: Hearth, notes: Notes) -> AsyncIterator[httpx.AsyncClient]:
    async with notes.client(await hearth.account("ada")) as client:
        yield client


async def send(
    client: httpx.AsyncClient, key: str | None, words: str = "hello", *, path: str = "/notes", fail: str = ""
) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return await client.post(path, json={"words": words, "fail": fail}, headers=headers)


async def test_the_same_request_again_gets_the_stored_answer(notes: Notes, client: httpx.AsyncClient) -> None:
    first, again = await send(client, "k1"), await send(client, "k1")
    assert await notes.count() == 1
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert again.headers["Location"] == first.headers["Location"] == "/notes/1"
    assert again.headers["content-type"] == first.headers["content-type"]
    assert again.headers["content-length"] == first.headers["content-length"]
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"


async def test_another_key_or_none_is_another_request(notes: Notes, client: httpx.AsyncClient) -> None:
    for key in ("k1", "k2", None, None):
        assert (await send(client, key)).status_code == 201
    assert await notes.count() == 4


async def test_a_key_stands_for_one_content(notes: Notes, client: httpx.AsyncClient) -> None:
    await send(client, "k1", "hello")
    for answer in (await send(client, "k1", "other"), await send(client, "k1", path="/notes?draft=1")):
        assert (answer.status_code, problem(answer)) == (409, "idempotency_key_reused")
    assert await notes.count() == 1


async def test_a_key_belongs_to_its_account_method_and_path(
    hearth: Hearth, notes: Notes, client: httpx.AsyncClient
) -> None:
    await send(client, "k1")
    async with notes.client(await hearth.account("grace")) as other:
        answer = await send(other, "k1")
    assert "Idempotency-Replayed" not in answer.headers
    for note_id in (1, 2, 1):
        answer = await client.delete(f"/notes/{note_id}", headers={"Idempotency-Key": "k1"})
        assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Idempotency-Replayed"] == "true"
    assert await notes.count() == 4


async def test_while_the_first_runs_the_second_is_told_to_wait(
    notes: Notes, client: httpx.AsyncClient, gates: Gates
) -> None:
    running = asyncio.create_task(send(client, "k1", fail="wait"))
    await gates.entered.wait()
    early = await asyncio.wait_for(send(client, "k1", fail="wait"), 30)
    assert (early.status_code, problem(early)) == (409, "request_running")
    assert early.headers["Retry-After"] == "1"
    assert early.json()["retryable"] is True
    gates.leave.set()
    assert (await running).status_code == 201
    assert (await send(client, "k1", fail="wait")).headers["Idempotency-Replayed"] == "true"
    assert await notes.count() == 1


async def test_of_twenty_at_once_one_has_an_effect(notes: Notes, client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(send(client, "k1") for _ in range(20)))
    assert await notes.count() == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert {problem(answer) for answer in answers if answer.status_code == 409} <= {"request_running"}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1


@pytest.mark.parametrize(("fail", "status"), [("conflict", 409), ("crash", 500)])
async def test_what_failed_is_not_stored(notes: Notes, client: httpx.AsyncClient, fail: str, status: int) -> None:
    for _ in range(2):
        answer = await send(client, "k1", fail=fail)
        assert answer.status_code == status
        assert "Idempotency-Replayed" not in answer.headers
    assert (await send(client, "k1")).status_code == 201
    assert await notes.count() == 1


async def test_malformed_input_is_not_stored(notes: Notes, client: httpx.AsyncClient) -> None:
    for body in ({"words": 3}, {"words": "x", "more": 1}):
        answer = await client.post("/notes", json=body, headers={"Idempotency-Key": "k1"})
        assert answer.status_code == 422
    assert (await send(client, "k1")).status_code == 201
    assert await notes.count() == 1


async def test_a_commit_that_fails_stores_no_answer(
    hearth: Hearth, notes: Notes, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_session: object) -> None:
        raise Conflict

    with monkeypatch.context() as patched:
        patched.setattr(hearth.database, "_before_commit", [refuse])
        assert (await send(client, "k1")).status_code == 409
    assert (await send(client, "k1")).status_code == 201
    assert await notes.count() == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "ключ", "a\tb"])
async def test_a_key_is_visible_ascii(notes: Notes, client: httpx.AsyncClient, key: str) -> None:
    headers = {b"Idempotency-Key": key.encode()}
    answer = await client.post("/notes", json={"words": "x"}, headers=headers)
    assert (answer.status_code, problem(answer)) == (422, "invalid_input")
    assert await notes.count() == 0


async def test_a_key_of_the_greatest_length_works(client: httpx.AsyncClient) -> None:
    assert (await send(client, "~" * 255)).status_code == 201
    assert (await send(client, "~" * 255)).headers["Idempotency-Replayed"] == "true"


async def test_strangers_share_no_keys(notes: Notes) -> None:
    async with notes.client(None) as stranger:
        for _ in range(2):
            answer = await send(stranger, "k1", path="/notes/open")
            assert (answer.status_code, "Idempotency-Replayed" in answer.headers) == (200, False)
        refused = await send(stranger, "k1")
    assert refused.status_code == 401
    assert await notes.count() == 2


async def test_a_route_whose_answer_would_not_be_stored_is_a_mistake_that_shows(
    notes: Notes, client: httpx.AsyncClient
) -> None:
    for path in ("/plain", "/notes/stream"):
        assert (await send(client, "k1", path=path)).status_code == 500
        assert (await client.post(path)).status_code == 200
    assert await notes.count() == 2


async def test_a_key_is_kept_for_a_day(hearth: Hearth, notes: Notes, client: httpx.AsyncClient) -> None:
    await send(client, "k1")
    await hearth.run_job("idempotency.purge", at=clock.now() + timedelta(hours=23, minutes=59))
    assert (await send(client, "k1")).headers["Idempotency-Replayed"] == "true"
    await hearth.run_job("idempotency.purge", at=clock.now() + timedelta(hours=24, minutes=1))
    assert "Idempotency-Replayed" not in (await send(client, "k1")).headers
    assert await notes.count() == 2
