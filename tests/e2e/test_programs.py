"""Programs: a key that may do what it was made for and nothing else, and requests that are sent again."""

import asyncio

import pytest

from tests.e2e.steps import ask, sign_up, texts, write
from tests.hearth import Hearth, problem

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("open_door")]


@pytest.mark.parametrize("header", ["Authorization", "X-API-Key"])
async def test_a_key_does_what_it_was_made_for_until_it_is_revoked(hearth: Hearth, header: str) -> None:
    ada = await sign_up(hearth, "ada")
    made = await ask(ada.client, "POST", "/v1/auth/api-keys", status=201, name="reader", scopes=["posts:read"])
    secret = made["secret"]
    program = hearth.connect({header: f"Bearer {secret}" if header == "Authorization" else secret})
    post_id = await write(ada, "Read me")
    assert (await ask(program, "GET", f"/v1/posts/{post_id}"))["text"] == "Read me"
    assert problem(await program.post("/v1/posts", json={"text": "Not I"})) == "not_permitted"
    assert problem(await program.delete(f"/v1/posts/{post_id}")) == "not_permitted"
    assert problem(await program.get("/v1/auth/api-keys")) == "not_permitted"
    [listed] = (await ask(ada.client, "GET", "/v1/auth/api-keys"))["items"]
    assert secret not in str(listed)
    assert secret.startswith(listed["prefix"])
    await ask(ada.client, "DELETE", f"/v1/auth/api-keys/{made['id']}", status=204)
    assert problem(await program.get(f"/v1/posts/{post_id}")) == "invalid_token"


async def test_nobody_passes_on_what_they_do_not_hold(hearth: Hearth) -> None:
    ada = await sign_up(hearth, "ada")
    for scopes in (["auth:administer"], ["posts:moderate"], ["auth:security"], ["no:such"]):
        refused = await ada.client.post("/v1/auth/api-keys", json={"name": "greedy", "scopes": scopes})
        assert problem(refused) == "scopes_refused", scopes


async def test_a_request_that_is_sent_again_happens_once(hearth: Hearth) -> None:
    ada, grace = await sign_up(hearth, "ada"), await sign_up(hearth, "grace")
    root = await write(grace, "What do you say?")
    key, body = {"Idempotency-Key": "retry-1"}, {"text": "I say so", "reply_to_id": root}
    first = await ada.client.post("/v1/posts", json=body, headers=key)
    second = await ada.client.post("/v1/posts", json=body, headers=key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert second.headers["Idempotency-Replayed"] == "true"
    assert (await ask(ada.client, "GET", f"/v1/posts/{root}"))["replies_count"] == 1
    other = await ada.client.post("/v1/posts", json={"text": "Something else"}, headers=key)
    assert problem(other) == "idempotency_key_reused"
    # The same key of somebody else is another key.
    assert (await grace.client.post("/v1/posts", json=body, headers=key)).status_code == 201


async def test_impatience_makes_one_post(hearth: Hearth) -> None:
    ada = await sign_up(hearth, "ada")
    send = [ada.client.post("/v1/posts", json={"text": "Once"}, headers={"Idempotency-Key": "k"}) for _ in range(8)]
    answers = await asyncio.gather(*send)
    assert {answer.status_code for answer in answers} <= {201, 409}
    made = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    for answer in answers:
        if answer.status_code == 409:
            assert problem(answer) == "request_running"
            assert answer.headers["Retry-After"] == "1"
    assert await texts(ada.client, "home") == ["Once"]


async def test_what_was_refused_may_be_sent_again_with_its_key(hearth: Hearth) -> None:
    ada = await sign_up(hearth, "ada")
    key = {"Idempotency-Key": "again"}
    assert problem(await ada.client.post("/v1/posts", json={"text": " "}, headers=key)) == "post_empty"
    made = await ada.client.post("/v1/posts", json={"text": "Better"}, headers=key)
    assert made.status_code == 201
