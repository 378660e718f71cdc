"""The whole house in a test: the real app on a database of its own, people with real tokens, work run on demand."""

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import httpx
from fastapi import FastAPI

from src import clock, config
from src.auth import models as auth_models
from src.auth.authenticator import Authenticator
from src.auth.constants import AccountState
from src.config import Settings
from src.database import Database
from src.feature import Feature, Job, Role
from src.main import guarded, routes_of
from src.runtime import Runtime, open_parts
from src.users import models as users_models

Scope = MutableMapping[str, Any]
ASGIApp = Callable[[Scope, Any, Any], Awaitable[None]]

# argon2id of "correct horse battery staple", made once: factories must not pay for it.
PASSWORD = "correct horse battery staple"
PASSWORD_HASH = "$argon2id$v=19$m=19456,t=2,p=1$EYIQYmytlXIOQWitlTLG+A$5ewuZbtLj2VwWOJi+enPEx44uXf63Hv0ZMwEIc89pt4"


@dataclass(frozen=True)
class Person:
    """An account of a test, signed in."""

    id: int
    username: str
    token: str
    session_id: int
    client: httpx.AsyncClient

    @property
    def headers(self) -> dict[str, str]:
        """What a request of this person carries."""
        return {"Authorization": f"Bearer {self.token}"}


@dataclass
class Hearth:
    """An open house."""

    app: FastAPI
    asgi: ASGIApp
    runtime: Runtime
    # Nobody's.
    client: httpx.AsyncClient = field(init=False)
    _made: int = 0
    _clients: list[httpx.AsyncClient] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client = self.connect()

    @property
    def database(self) -> Database:
        """Its database."""
        return self.runtime.database

    @property
    def authenticator(self) -> Authenticator:
        """What checks tokens in this process."""
        found = self.runtime.resources["authenticator"]
        assert isinstance(found, Authenticator)
        return found

    def connect(self, headers: dict[str, str] | None = None) -> httpx.AsyncClient:
        """A new client of this house, closed with it."""
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.asgi), base_url="http://hearth.test", headers=headers
        )
        self._clients.append(client)
        return client

    async def keyed(self, person: Person, *scopes: str) -> httpx.AsyncClient:
        """A new client with a key of this person, which has these scopes."""
        answer = await person.client.post("/v1/auth/api-keys", json={"name": "script", "scopes": scopes})
        return self.connect({"Authorization": f"Bearer {answer.json()['secret']}"})

    async def settle(self) -> None:
        """Runs relay and handlers until no event is left."""
        # A transaction that another test holds open in the same cluster keeps events back.
        await self.runtime.events.settle(seconds=60)

    async def run_job(self, name: str, *, at: datetime | None = None) -> None:
        """Runs one registered job as if it were `at`."""
        job = next(job for job in self.runtime.registry.all(Job) if job.name == name)
        if at is None:
            await job.run(self.database)
            return
        with clock.shifted(at - clock.now()):
            await job.run(self.database)

    async def account(self, username: str | None = None, *, role: Role = Role.MEMBER, private: bool = False) -> Person:
        """A new account with a profile and an open session, written straight into the tables."""
        self._made += 1
        name = username or f"person{self._made}"
        now = clock.now()
        async with self.database.write() as session:
            account = auth_models.Account(
                username=name, password_hash=PASSWORD_HASH, role=role, state=AccountState.ACTIVE, created_at=now
            )
            session.add(account)
            await session.flush()
            session.add(
                users_models.Profile(account_id=account.id, display_name=name.title(), private=private, created_at=now)
            )
            opened = auth_models.Session(
                account_id=account.id,
                device="test",
                address="127.0.0.1",
                created_at=now,
                last_used_at=now,
                expires_at=now + timedelta(days=30),
                generation=1,
                digest=b"",
                refreshed_at=now,
                reauthenticated_at=now,
            )
            session.add(opened)
            await session.flush()
        token = self.authenticator.access_token(account_id=account.id, session_id=opened.id, role=role)

        client = self.connect({"Authorization": f"Bearer {token}"})
        return Person(account.id, name, token, opened.id, client)

    async def moderator(self) -> Person:
        """An account that moderates."""
        return await self.account(role=Role.MODERATOR)

    async def admin(self) -> Person:
        """An account that administers."""
        return await self.account(role=Role.ADMIN)

    async def close(self) -> None:
        """Closes every client."""
        for client in self._clients:
            await client.aclose()


class Listed:
    """Fails a request whose answer its route does not list in the OpenAPI document."""

    def __init__(self, app: FastAPI, inner: ASGIApp, state: dict[str, object]) -> None:
        self._inner = inner
        self._state = state
        paths = app.openapi()["paths"]
        self._listed = {
            (route.endpoint, method): paths[route.path_format][method.lower()]["responses"]
            for route in routes_of(app)
            for method in route.methods or ()
        }

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        scope["state"] = dict(self._state)
        started: list[int] = []

        async def watch(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                started.append(message["status"])
            await send(message)

        await self._inner(scope, receive, watch)
        listed = self._listed.get((scope.get("endpoint"), scope["method"]))
        if started and listed is not None:
            assert str(started[0]) in listed, f"{scope['method']} {scope['path']} does not list {started[0]}"


@asynccontextmanager
async def opened(
    app: FastAPI, settings: Settings, database: Database, features: tuple[Feature, ...]
) -> AsyncIterator[Hearth]:
    """The app of these features on this database."""
    # What asks for settings by `of` and not by argument is to find the same.
    here = config.override(
        Settings,
        environment=settings.environment,
        data_directory=settings.data_directory,
        rate_limit=settings.rate_limit,
    )
    async with open_parts(settings, database, features) as runtime:
        asgi = Listed(app, guarded(app, settings), runtime.state())
        house = Hearth(app, asgi, runtime)
        try:
            with here:
                yield house
        finally:
            await house.close()


async def patiently(person: Person, method: str, path: str, body: object = None) -> httpx.Response:
    """The answer to a request, which is sent again as long as the server asks for that: in a crowd, locks take time."""
    while True:
        response = await person.client.request(method, path, json=body)
        if response.status_code != HTTPStatus.SERVICE_UNAVAILABLE or not response.json()["retryable"]:
            return response


def problem(response: httpx.Response) -> str:
    """The code of a refusal, which has to be a problem document."""
    assert response.status_code >= HTTPStatus.BAD_REQUEST, response.text
    assert response.headers["content-type"] == "application/problem+json"
    code = response.json()["code"]
    assert isinstance(code, str)
    return code
