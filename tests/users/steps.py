"""Steps that tests of people share."""

from typing import Any

from src.auth import callers as auth_callers
from src.auth import models as auth_models
from src.auth.constants import AccountState
from src.feature import Role
from src.users import checks
from tests.hearth import Hearth, Person

PAGE = "/v1/users"


def caller_of(person: Person) -> auth_callers.Caller:
    """The person as services see them."""
    return auth_callers.Caller(account_id=person.id, session_id=person.session_id, role=Role.MEMBER)


async def done(person: Person, method: str, path: str) -> dict[str, Any]:
    """What the person gets for a request that has to succeed."""
    response = await person.client.request(method, f"{PAGE}/{path}")
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def counts(hearth: Hearth, username: str) -> tuple[int, int]:
    """How many follow this person, and how many they follow, by their profile."""
    found = (await hearth.client.get(f"{PAGE}/{username}")).json()
    return found["followers_count"], found["following_count"]


async def names(person: Person, path: str, **query: str | int) -> list[str]:
    """The usernames on a page of a list, as this person sees it."""
    response = await person.client.get(f"{PAGE}/{path}", params=query)
    assert response.status_code == 200, response.text
    return [item["username"] for item in response.json()["items"]]


async def suspend(hearth: Hearth, person: Person) -> None:
    """Makes the person's account one that may not act."""
    async with hearth.database.write() as session:
        account = await session.get_one(auth_models.Account, person.id)
        account.state = AccountState.SUSPENDED


async def no_counter_is_wrong(hearth: Hearth) -> None:
    """Recounts all relations."""
    async with hearth.database.read() as session:
        assert await checks.counters(session) == []
