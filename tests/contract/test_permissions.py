"""Every route answers every kind of caller as its package's permission table says, and no route is without a row."""

from http import HTTPStatus

import pytest
from fastapi import APIRouter, FastAPI

from src import config
from src.auth import dependencies as auth_dependencies
from src.config import Settings
from src.feature import Feature, Permission, Permissions, RegistryError, Role, Router
from src.main import build_app, routes_of
from tests.contract import stage
from tests.hearth import Hearth
from tests.permission_table import IDENTITIES, Row

_SAFE = frozenset({"GET", "HEAD"})
# Of a walk along all routes, in seconds; a quarter of a minute where the machine has nothing else to do.
_TIMEOUT = 360
# What strangers reach on a server that shows them nothing.
_DOORS = {
    ("POST", "/v1/auth/login"),
    ("POST", "/v1/auth/refresh"),
    ("POST", "/v1/auth/register"),
    ("POST", "/v1/auth/login/second-factor"),
    ("POST", "/v1/auth/email/confirm"),
    ("POST", "/v1/auth/email/undo"),
    ("POST", "/v1/auth/password-reset"),
    ("POST", "/v1/auth/password-reset/confirm"),
    ("POST", "/v1/chat-hooks/{hook_code}"),
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/v1/server"),
}


def test_every_route_has_one_row_and_every_row_a_route(app: FastAPI) -> None:
    routes = sorted((method, route.path_format) for route in routes_of(app) for method in route.methods or ())
    assert sorted((row.method, row.path) for rows in stage.tables().values() for row in rows) == routes


def test_every_package_with_routes_keeps_its_own_table(app: FastAPI) -> None:
    owners = {
        (method, route.path_format): route.endpoint.__module__.split(".")[1]
        for route in routes_of(app)
        for method in route.methods or ()
    }
    for package, rows in stage.tables().items():
        assert {owners[row.method, row.path] for row in rows} == {package}


# Not measured: the lines have tests of their own, and the walk would take more than twice as long.
@pytest.mark.no_cover
@pytest.mark.integration
@pytest.mark.timeout(_TIMEOUT)
@pytest.mark.parametrize("identity", IDENTITIES)
async def test_each_caller_gets_what_the_table_says(hearth: Hearth, identity: str, rows: tuple[Row, ...]) -> None:
    # The last admin may not leave.
    await hearth.admin()
    scene = await stage.set_stage(hearth, identity)
    answers, expected = {}, {}
    for row in rows:
        status = await _status(hearth, scene, row)
        answers[row.method, row.path] = status
        expected[row.method, row.path] = row.of(identity)
        if row.method not in _SAFE and status < HTTPStatus.BAD_REQUEST:
            # What a route has changed must not disturb the next one.
            scene = await stage.set_stage(hearth, identity)
    assert answers == expected


@pytest.mark.integration
async def test_a_server_that_is_not_public_shows_strangers_its_doors_alone(hearth: Hearth) -> None:
    scene = await stage.set_stage(hearth, "nobody")
    with config.override(Settings, public_read=False):
        for row in stage.ROWS.values():
            status = await _status(hearth, scene, row)
            assert (status == row.nobody) if (row.method, row.path) in _DOORS else (status == 401), row


async def _status(hearth: Hearth, scene: stage.Scene, row: Row) -> int:
    address = scene.address(row.path, row.query)
    body = None if row.body is None else dict(row.body)
    form = None if row.file is None else {"file": row.file}
    return (await scene.client(hearth).request(row.method, address, json=body, files=form)).status_code


class _Known(Permission):
    READ = "known:read", Role.MEMBER


class _Unknown(Permission):
    READ = "unknown:read", Role.MEMBER


def _feature(*permissions: Permission) -> Feature:
    router = APIRouter(tags=["tests"])

    @router.get("/things", dependencies=[auth_dependencies.requires(permission) for permission in permissions])
    async def read_things() -> None:
        """Nothing."""

    return Feature("tests", (Router(router, prefix="/v1"), Permissions(_Known)))


@pytest.mark.unit
def test_a_route_has_to_declare_a_permission_that_somebody_registers(settings: Settings) -> None:
    build_app(settings, [_feature(_Known.READ)])
    with pytest.raises(RegistryError, match=r"/v1/things: the route declares no permission"):
        build_app(settings, [_feature()])
    with pytest.raises(RegistryError, match=r"/v1/things: no feature registers \['unknown:read'\]"):
        build_app(settings, [_feature(_Known.READ, _Unknown.READ)])
