"""Whatever staff does by the power of a role leaves a row, of exactly one act, with who did it."""

from collections.abc import Awaitable, Callable, Iterator

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from src.auth import dependencies as auth_dependencies
from src.feature import Role
from src.main import routes_of
from tests.contract import stage
from tests.hearth import Hearth, Person

pytestmark = pytest.mark.integration

_SAFE = frozenset({"GET", "HEAD"})
# What a moderator may do beyond what its route asks of everybody.
_WITHIN_ROUTES = {("DELETE", "/v1/posts/{post_id}")}
Prepare = Callable[[Hearth, Person, stage.Scene], Awaitable[str]]


async def _suspend(_hearth: Hearth, boss: Person, scene: stage.Scene) -> str:
    address = f"/v1/admin/accounts/{scene.owner.id}/suspension"
    assert (await boss.client.put(address)).status_code == 204
    return address


async def _give_second_factor(hearth: Hearth, _boss: Person, scene: stage.Scene) -> str:
    async with hearth.database.write() as session:
        turned_on = "UPDATE accounts SET second_factor_at = now() WHERE id = :id"
        await session.execute(text(turned_on), {"id": scene.owner.id})
    return f"/v1/admin/accounts/{scene.owner.id}/second-factor"


async def _invite(_hearth: Hearth, boss: Person, _scene: stage.Scene) -> str:
    made = await boss.client.post("/v1/auth/invitations", json={})
    return f"/v1/auth/invitations/{made.json()['id']}"


async def _write(_hearth: Hearth, _boss: Person, scene: stage.Scene) -> str:
    made = await scene.owner.client.post("/v1/posts", json={"text": "for everybody", "visibility": "public"})
    return f"/v1/posts/{made.json()['id']}"


# What has to be there for the act to be one; the address of it.
_PREPARED: dict[tuple[str, str], Prepare] = {
    ("DELETE", "/v1/admin/accounts/{account_id}/suspension"): _suspend,
    ("DELETE", "/v1/admin/accounts/{account_id}/second-factor"): _give_second_factor,
    ("DELETE", "/v1/auth/invitations/{invitation_id}"): _invite,
    ("DELETE", "/v1/posts/{post_id}"): _write,
}
_BODIES: dict[tuple[str, str], dict[str, object]] = {
    ("PUT", "/v1/admin/accounts/{account_id}/role"): {"role": "moderator"},
}


def privileged(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Every route that changes something and asks for more than a member has."""
    for route in routes_of(app):
        least = [
            dependency.call.permission.least
            for dependency in route.dependant.dependencies
            if isinstance(dependency.call, auth_dependencies.Requires)
        ]
        if least and max(least) >= Role.MODERATOR:
            path = route.path_format or ""
            yield from ((method, path) for method in (route.methods or set()) - _SAFE)


async def rows(hearth: Hearth) -> list[tuple[int | None, str]]:
    async with hearth.database.read() as session:
        found = await session.execute(text("SELECT actor_id, action FROM audit_entries ORDER BY id"))
        return [(row.actor_id, row.action) for row in found]


async def test_every_privileged_act_leaves_a_row(hearth: Hearth, app: FastAPI) -> None:
    acts = sorted({*privileged(app), *_WITHIN_ROUTES})
    assert len(acts) >= 9
    for method, path in acts:
        boss = await hearth.admin()
        scene = await stage.set_stage(hearth, "owner")
        prepare, row = _PREPARED.get((method, path)), stage.ROWS[method, path]
        address = scene.address(path, row.query) if prepare is None else await prepare(hearth, boss, scene)
        before = await rows(hearth)
        body = _BODIES.get((method, path), row.body)
        answer = await boss.client.request(method, address, json=body)
        assert answer.is_success, (method, path, answer.text)
        new = (await rows(hearth))[len(before) :]
        assert [actor for actor, _ in new] == [boss.id], f"{method} {path} left {new}"
