"""An admin's story: how the first one comes in, whom they let in after, and what becomes of who misbehaves."""

import pytest
from fastapi import FastAPI

from src.auth import invitations
from src.main import routes_of
from tests.e2e.steps import Guest, ask, sign_up, write
from tests.hearth import PASSWORD, Hearth, problem

pytestmark = pytest.mark.integration


async def _first_admin(hearth: Hearth) -> Guest:
    """Whoever signs up with the secret that the start of a server prints."""
    async with hearth.database.write() as session:
        secret = await invitations.first_admin_secret(session)
    assert secret is not None
    return await sign_up(hearth, "root_of_it", invitation=secret)


async def _invited(hearth: Hearth, admin: Guest, username: str) -> Guest:
    """Somebody whom the admin let in."""
    made = await ask(admin.client, "POST", "/v1/auth/invitations", status=201, note=username)
    return await sign_up(hearth, username, invitation=made["code"])


async def test_the_first_admin_comes_by_a_secret_and_lets_others_in(hearth: Hearth) -> None:
    async with hearth.database.write() as session:
        shown_before = await invitations.first_admin_secret(session)
    admin = await _first_admin(hearth)
    assert (await ask(admin.client, "GET", "/v1/auth/me"))["role"] == "admin"
    async with hearth.database.write() as session:
        assert await invitations.first_admin_secret(session) is None
    stranger = {"username": "mallory", "password": PASSWORD}
    assert problem(await hearth.client.post("/v1/auth/register", json=stranger)) == "invitation_required"
    old = await hearth.client.post("/v1/auth/register", json={**stranger, "invitation": shown_before})
    assert problem(old) == "invitation_not_valid"
    code = (await ask(admin.client, "POST", "/v1/auth/invitations", status=201, note="Bob"))["code"]
    bob = await sign_up(hearth, "bob", invitation=code)
    assert (await ask(bob.client, "GET", "/v1/auth/me"))["role"] == "member"
    again = await hearth.client.post("/v1/auth/register", json={**stranger, "invitation": code})
    assert problem(again) == "invitation_not_valid"
    [used] = (await ask(admin.client, "GET", "/v1/auth/invitations"))["items"]
    assert (used["note"], used["used_by_id"]) == ("Bob", bob.id)
    assert problem(await bob.client.post("/v1/auth/invitations", json={})) == "not_permitted"


async def test_a_role_is_given_and_taken(hearth: Hearth) -> None:
    admin = await _first_admin(hearth)
    bob, mallory = [await _invited(hearth, admin, name) for name in ("bob", "mallory")]
    post_id = await write(mallory, "Buy cheap watches")
    assert problem(await bob.client.delete(f"/v1/posts/{post_id}")) == "post_not_yours"
    role = f"/v1/admin/accounts/{bob.id}/role"
    assert problem(await bob.client.put(role, json={"role": "admin"})) == "not_permitted"
    await ask(admin.client, "PUT", role, status=204, role="moderator")
    # Tokens of the old role are refused; the new one begins with signing in.
    assert problem(await bob.client.get("/v1/auth/me")) == "invalid_token"
    await bob.sign_in()
    await ask(bob.client, "DELETE", f"/v1/posts/{post_id}", status=204)
    assert problem(await mallory.client.get(f"/v1/posts/{post_id}")) == "post_not_found"
    await ask(admin.client, "PUT", role, status=204, role="member")
    await bob.sign_in()
    other = await write(mallory, "Once more")
    assert problem(await bob.client.delete(f"/v1/posts/{other}")) == "post_not_yours"
    own = f"/v1/admin/accounts/{admin.id}/role"
    assert problem(await admin.client.put(own, json={"role": "member"})) == "own_account"


async def test_who_is_suspended_is_refused_at_once_everywhere(hearth: Hearth, app: FastAPI) -> None:
    admin = await _first_admin(hearth)
    mallory = await _invited(hearth, admin, "mallory")
    key = await ask(mallory.client, "POST", "/v1/auth/api-keys", status=201, name="bot", scopes=["timelines:read"])
    program = hearth.connect({"X-API-Key": key["secret"]})
    await ask(program, "GET", "/v1/timelines/public")
    suspension = f"/v1/admin/accounts/{mallory.id}/suspension"
    await ask(admin.client, "PUT", suspension, status=204)
    asked = 0
    for route in routes_of(app):
        path = route.path_format or ""
        # Whether it works and what it is, the server tells everybody.
        if "GET" in (route.methods or ()) and "{" not in path and not path.startswith(("/health/", "/v1/server")):
            for client in (mallory.client, program):
                assert problem(await client.get(path)) == "invalid_token", path
                asked += 1
    assert asked > 20
    assert problem(await mallory.client.post("/v1/posts", json={"text": "Still me"})) == "invalid_token"
    refresh = await hearth.client.post("/v1/auth/refresh", json={"refresh_token": mallory.refresh_token})
    assert problem(refresh) == "invalid_token"
    login = {"login": "mallory", "password": PASSWORD}
    assert problem(await hearth.client.post("/v1/auth/login", json=login)) == "account_suspended"
    await ask(admin.client, "DELETE", suspension, status=204)
    assert problem(await mallory.client.get("/v1/auth/me")) == "invalid_token"
    await mallory.sign_in()
    await write(mallory, "I have thought about it")
    assert problem(await program.get("/v1/timelines/public")) == "invalid_token"
    kinds = [event["kind"] for event in (await ask(mallory.client, "GET", "/v1/auth/security-events"))["items"]]
    assert {"suspended", "restored", "login"} <= set(kinds)
