"""An authenticator, as the tests of accounts have it in their pocket."""

from datetime import timedelta
from typing import Any

import httpx
import pyotp

from src import clock
from tests.auth.people import try_login
from tests.hearth import Person, problem

FACTOR, ON = "/v1/auth/second-factor", "/v1/auth/second-factor/confirmation"
FINISH = "/v1/auth/login/second-factor"
STEP = timedelta(seconds=30)


def code_of(secret: str, *, steps: int = 0) -> str:
    """The code that the authenticator shows now, or so many half minutes later."""
    return pyotp.TOTP(secret).at(int((clock.now() + steps * STEP).timestamp()))


async def turn_on(client: httpx.AsyncClient) -> tuple[str, list[str]]:
    """The secret and the recovery codes of who has just turned the second factor on, by the code of before."""
    begun = await client.post(FACTOR)
    assert begun.status_code == 201, begun.text
    secret: str = begun.json()["secret"]
    code = code_of(secret, steps=-1)
    answer = await client.post(ON, json={"code": code})
    if answer.status_code != 200 and code != code_of(secret, steps=-1):
        # The half minute was over before the code was there.
        answer = await client.post(ON, json={"code": code_of(secret, steps=-1)})
    assert answer.status_code == 200, answer.text
    return secret, answer.json()["recovery_codes"]


async def challenge_of(client: httpx.AsyncClient, person: Person) -> str:
    """What the right password is answered."""
    answer = await try_login(client, person.username)
    assert (answer.status_code, problem(answer)) == (401, "second_factor_required")
    found: str = answer.json()["challenge"]
    return found


async def finish(client: httpx.AsyncClient, challenge: str, code: str) -> httpx.Response:
    """The second half of a login."""
    return await client.post(FINISH, json={"challenge": challenge, "code": code})


async def grant_of(client: httpx.AsyncClient, person: Person, code: str) -> dict[str, Any]:
    """A whole login."""
    answer = await finish(client, await challenge_of(client, person), code)
    assert answer.status_code == 200, answer.text
    grant: dict[str, Any] = answer.json()
    return grant
