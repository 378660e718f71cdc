"""Crowds for chats: people written straight into the tables of a running house, with good tokens, and their chat."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import insert

from src import clock
from src.auth import models as auth_models
from src.auth import tokens
from src.auth.constants import AccountState
from src.auth.constants import Role as NamedRole
from src.auth.keyring import KeyFile, keyring_from_text
from src.database import Database
from src.feature import Role
from src.users import models as users_models
from tests.system.house import House


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in."""

    id: int
    name: str
    token: str
    session_id: int

    @property
    def headers(self) -> dict[str, str]:
        """What a request of theirs carries."""
        return {"Authorization": f"Bearer {self.token}"}


def token_of(house: House, account_id: int, session_id: int, *, age: timedelta = timedelta()) -> str:
    """An access token of this session that was given so long ago; it is good for ten minutes in all."""
    secrets = house.environment
    keys = (
        keyring_from_text(secrets["SIGNING_KEYS"], refresh_secret=secrets["REFRESH_SECRET"])
        if "SIGNING_KEYS" in secrets
        else KeyFile(house.data / "keys.json")
    )
    issued_at = clock.now() - age
    return tokens.issue(
        keys, account_id=account_id, session_id=session_id, role=NamedRole.of(Role.MEMBER), scopes=(), now=issued_at
    )


async def people(house: House, prefix: str, count: int) -> list[Person]:
    """So many new people of a house with a database of its own, of these names with a number each."""
    async with house.database() as database:
        return await people_of(database, house, prefix, count)


async def people_of(database: Database, house: House, prefix: str, count: int) -> list[Person]:
    """The same where the database is elsewhere."""
    now = clock.now()
    names = [f"{prefix}{number}" for number in range(count)]
    usual = {"role": Role.MEMBER, "state": AccountState.ACTIVE, "created_at": now}
    opened = {
        "device": "test",
        "address": "127.0.0.1",
        "created_at": now,
        "last_used_at": now,
        "expires_at": now + timedelta(days=30),
        "generation": 1,
        "digest": b"",
        "refreshed_at": now,
        "reauthenticated_at": now,
    }
    account, session_of = auth_models.Account, auth_models.Session
    async with database.write() as session:
        accounts = insert(account).returning(account.id, sort_by_parameter_order=True)
        ids = (await session.scalars(accounts, [{"username": name, **usual} for name in names])).all()
        faces = [
            {"account_id": id_, "display_name": name, "private": False, "created_at": now}
            for id_, name in zip(ids, names, strict=True)
        ]
        await session.execute(insert(users_models.Profile), faces)
        sessions = insert(session_of).returning(session_of.id, sort_by_parameter_order=True)
        opened_ids = (await session.scalars(sessions, [{"account_id": id_, **opened} for id_ in ids])).all()
    return [
        Person(id_, name, token_of(house, id_, session_id), session_id)
        for id_, name, session_id in zip(ids, names, opened_ids, strict=True)
    ]


async def group(house: House, owner: Person, *others: Person) -> int:
    """The id of a new group of the owner with these others."""
    body = {"kind": "group", "name": "Kitchen", "member_ids": [str(one.id) for one in others]}
    async with house.client() as client:
        answer = await client.post("/v1/chats", json=body, headers=owner.headers)
    assert answer.is_success, answer.text
    return int(answer.json()["id"])
