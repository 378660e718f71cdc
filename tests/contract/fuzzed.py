"""The whole house as an ASGI app with a lifespan of its own, for a fuzzer that runs it in its own event loop."""

from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import AsyncExitStack
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from sqlalchemy import update

from src import clock
from src.auth import models as auth_models
from src.auth.constants import AccountState
from src.config import Settings
from src.database import Database
from src.feature import Role
from src.features import FEATURES
from tests.hearth import Hearth, Person, opened
from tests.patience import PATIENT
from tests.posts.test_posts import write

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# What a fuzzer sends as its bearer token; the house puts a good one in its place.
PASSES = {"member": "pass-of-the-member", "admin": "pass-of-the-admin"}
_ROLES = {"member": Role.MEMBER, "admin": Role.ADMIN}


class FuzzedHouse:
    """The house, with some people and posts in it.

    A fuzzer signs itself out, changes its own role and suspends itself, sooner or later. Then it is let in again, and
    its request is made once more, so that the rest of its time is not spent before a closed door.
    """

    def __init__(self, app: FastAPI, settings: Settings, database_url: str) -> None:
        self._app = app
        self._settings = settings
        self._url = database_url
        self._stack = AsyncExitStack()
        self._people: dict[bytes, tuple[Person, Role]] = {}
        self._house: Hearth | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """The ASGI interface."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self._serve(scope, await _whole(receive), send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await self._open()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._stack.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    async def _open(self) -> None:
        database = Database(self._url, pool_timeout=30, settings=PATIENT)
        self._stack.push_async_callback(database.close)
        house = await self._stack.enter_async_context(opened(self._app, self._settings, database, FEATURES))
        self._house = house
        friend = await house.account("friend")
        for name, token in PASSES.items():
            person = await house.account(name, role=_ROLES[name])
            self._people[f"Bearer {token}".encode()] = (person, _ROLES[name])
            post = await write(person, "hello @friend #tea")
            await friend.client.post(f"/v1/posts/{post['id']}/like")
            await friend.client.post(f"/v1/users/{name}/follow")
        await write(friend, "hello @member @admin #tea")

    async def _serve(self, scope: Message, body: bytes, send: Send) -> None:
        house = self._house
        assert house is not None
        headers = dict(scope["headers"])
        found = self._people.get(headers.get(b"authorization", b""))
        if found is None:
            await house.asgi(scope, _replay(body), send)
            return
        sent = await _signed(house, scope, body, found)
        if sent[0]["status"] == HTTPStatus.UNAUTHORIZED:
            found = await self._let_in_again(house, *found), found[1]
            self._people[headers[b"authorization"]] = found
            sent = await _signed(house, scope, body, found)
        for message in sent:
            await send(message)

    async def _let_in_again(self, house: Hearth, person: Person, role: Role) -> Person:
        now = clock.now()
        account = auth_models.Account
        async with house.database.write() as session:
            again = update(account).where(account.id == person.id).values(state=AccountState.ACTIVE, role=role)
            await session.execute(again)
            opened_ = auth_models.Session(
                account_id=person.id,
                device="test",
                address="127.0.0.1",
                created_at=now,
                last_used_at=now,
                expires_at=now + timedelta(days=30),
                generation=1,
                digest=b"",
                refreshed_at=now,
            )
            session.add(opened_)
            await session.flush()
        return Person(person.id, person.username, person.token, opened_.id, person.client)


async def _signed(house: Hearth, scope: Message, body: bytes, who: tuple[Person, Role]) -> list[Message]:
    """What the request is answered with this person's own token in it."""
    person, role = who
    token = house.authenticator.access_token(account_id=person.id, session_id=person.session_id, role=role)
    headers = [pair for pair in scope["headers"] if pair[0] != b"authorization"]
    headers.append((b"authorization", f"Bearer {token}".encode()))
    sent: list[Message] = []

    async def keep(message: Message) -> None:
        sent.append(message)

    await house.asgi({**scope, "headers": headers}, _replay(body), keep)
    return sent


async def _whole(receive: Receive) -> bytes:
    pieces: list[bytes] = []
    more = True
    while more:
        message = await receive()
        pieces.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(pieces)


def _replay(body: bytes) -> Receive:
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive
