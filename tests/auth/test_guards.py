"""How a request says who it comes from, and what guards a route."""

from collections.abc import AsyncIterator, Iterator
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from starlette.datastructures import Headers

from src import problems
from src.auth import api_keys, feature, schemas
from src.auth.callers import Origin
from src.auth.constants import Permission as AuthPermission
from src.auth.dependencies import Caller, Requires, credential_in, requires
from src.auth.exceptions import InvalidToken
from src.config import Settings, override
from src.feature import Permission, Role, Router
from src.schemas import Output
from tests.auth.people import ME
from tests.hearth import Hearth, problem


class Thing(Permission):
    """Permissions of a package of this test's own."""

    LOOK = "things:look", Role.NOBODY
    MOVE = "things:move", Role.MODERATOR


def app_of_things() -> FastAPI:
    """Three routes: open on purpose, readable by strangers, and for moderators."""
    router = APIRouter()

    def add(path: str, permission: Permission) -> None:
        async def answer(caller: Annotated[Caller, requires(permission)]) -> dict[str, str]:
            return {"account_id": str(caller.account_id)}

        router.get(path)(answer)

    add("/open", AuthPermission.OPEN)
    add("/look", Thing.LOOK)
    add("/move", Thing.MOVE)
    app = FastAPI()
    app.include_router(router)
    problems.install_error_handlers(app)
    return app


@pytest.fixture
async def things(hearth: Hearth) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the things' app, with the authenticator of the house."""
    app = app_of_things()

    async def with_state(scope: dict[str, object], receive: object, send: object) -> None:
        scope["state"] = hearth.runtime.state()
        await app(scope, receive, send)  # type: ignore[arg-type]

    transport = httpx.ASGITransport(app=with_state)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://things.test") as client:
        yield client


async def statuses(client: httpx.AsyncClient, headers: dict[str, str] | None = None) -> list[int]:
    return [(await client.get(path, headers=headers)).status_code for path in ("/open", "/look", "/move")]


async def test_roles_and_strangers(hearth: Hearth, things: httpx.AsyncClient) -> None:
    member, moderator = await hearth.account(), await hearth.account(role=Role.MODERATOR)
    admin = await hearth.account(role=Role.ADMIN)
    assert await statuses(things) == [200, 200, 401]
    assert await statuses(things, member.headers) == [200, 200, 403]
    assert await statuses(things, moderator.headers) == [200, 200, 200]
    assert await statuses(things, admin.headers) == [200, 200, 200]
    answer = await things.get("/look", headers=member.headers)
    assert answer.json() == {"account_id": str(member.id)}


async def test_without_public_reading_strangers_find_only_the_doors_open(
    hearth: Hearth, things: httpx.AsyncClient
) -> None:
    member = await hearth.account()
    with override(Settings, public_read=False):
        assert await statuses(things) == [200, 401, 401]
        assert await statuses(things, member.headers) == [200, 200, 403]
        assert (await hearth.client.post("/v1/auth/login", json={"login": "x", "password": "y"})).status_code == 401
        assert problem(await hearth.client.post("/v1/auth/refresh", json={"refresh_token": "x"})) == "invalid_token"


async def test_a_key_is_held_to_its_scopes_also_where_strangers_may_go(
    hearth: Hearth, things: httpx.AsyncClient
) -> None:
    boss = await hearth.account(role=Role.ADMIN)
    async with hearth.database.write() as session:
        _, secret = await api_keys.create(
            session,
            caller=Caller(boss.id, boss.session_id, Role.ADMIN),
            data=schemas.ApiKeyCreate(name="k", scopes=["things:move"]),
            known={"things:move": Thing.MOVE},
            origin=Origin("127.0.0.1", "test"),
        )
    assert await statuses(things, {"X-API-Key": secret}) == [200, 403, 200]


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer"},
        {"Authorization": ""},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer hth_" + "0" * 43},
        {"X-API-Key": "hth_" + "0" * 43},
        {"X-API-Key": ""},
    ],
)
async def test_a_bad_credential_is_refused_also_where_strangers_may_go(
    things: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    for path in ("/look", "/move"):
        answer = await things.get(path, headers=headers)
        assert (answer.status_code, problem(answer)) == (401, "invalid_token")
        assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


async def test_two_credentials_are_one_too_many(hearth: Hearth, things: httpx.AsyncClient) -> None:
    ada, grace = await hearth.account(), await hearth.account()
    bearers = [("Authorization", f"Bearer {person.token}") for person in (ada, grace)]
    assert (await things.get("/look", headers=bearers)).status_code == 401
    assert (await things.get("/look", headers=[bearers[0], ("X-API-Key", grace.token)])).status_code == 401
    assert (await things.get("/look", headers=bearers[:1])).status_code == 200


async def test_a_stranger_is_asked_to_sign_in(hearth: Hearth) -> None:
    answer = await hearth.client.get(ME)
    assert (answer.status_code, problem(answer)) == (401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.unit
@pytest.mark.parametrize("text", ["Bearer abc", "bearer abc", "BEARER  abc "])
def test_the_scheme_is_read_in_any_case(text: str) -> None:
    assert credential_in(Headers({"Authorization": text})) == "abc"


@pytest.mark.unit
def test_no_header_is_a_stranger_and_another_scheme_is_nobody() -> None:
    assert credential_in(Headers({})) is None
    with pytest.raises(InvalidToken):
        credential_in(Headers({"Authorization": "Digest abc"}))


def test_the_document_offers_a_bearer_token_and_a_key_and_no_password_flow(app: FastAPI) -> None:
    document = app.openapi()
    schemes = document["components"]["securitySchemes"]
    assert {name: (scheme["type"], scheme.get("scheme")) for name, scheme in schemes.items()} == {
        "bearer": ("http", "bearer"),
        "apiKey": ("apiKey", None),
    }
    assert document["paths"]["/v1/auth/me"]["get"]["security"] == [{"bearer": []}, {"apiKey": []}]
    assert "security" not in document["paths"]["/v1/auth/login"]["post"]


def calls_of(dependant: Dependant) -> Iterator[object]:
    for child in dependant.dependencies:
        yield child.call
        yield from calls_of(child)


@pytest.mark.unit
def test_every_route_of_this_package_declares_one_permission() -> None:
    routers = [part.router for part in feature.FEATURE.parts if isinstance(part, Router)]
    for route in (route for router in routers for route in router.routes):
        calls = calls_of(route.dependant)  # type: ignore[attr-defined]
        assert len({call for call in calls if isinstance(call, Requires)}) == 1, route


@pytest.mark.unit
def test_no_answer_has_a_field_that_should_stay_inside() -> None:
    answers = [kind for kind in vars(schemas).values() if isinstance(kind, type) and issubclass(kind, Output)]
    names = {name for kind in answers for name in kind.model_fields}
    assert "username" in names
    assert not names & {"password_hash", "password", "digest"}
