"""Quotas that come on top of what holds for every request: of routes that cost more, and of an account as a whole."""

import pytest
from fastapi import FastAPI

from src.auth.dependencies import Limited
from src.config import Settings, override
from src.main import routes_of
from src.rate_limit import MemoryLimiter, Policy
from src.search.constants import SEARCHING
from src.users.constants import SIGNING_UP
from tests.hearth import Hearth, problem

pytestmark = pytest.mark.integration
SEARCH = {"q": "winter", "type": "posts"}


def test_what_costs_more_has_a_quota_of_its_own(app: FastAPI) -> None:
    found = {
        f"{method} {route.path_format}": dependency.call.policy
        for route in routes_of(app)
        for method in route.methods or ()
        for dependency in route.dependant.dependencies
        if isinstance(dependency.call, Limited)
    }
    assert {
        "GET /v1/search": "search",
        "POST /v1/account/exports": "export",
        "POST /v1/account/imports": "import",
        "GET /v1/timelines/home/popular": "popular",
        "POST /v1/auth/register": "sign-up",
        "POST /v1/media": "upload",
        "POST /v1/direct-uploads": "upload",
    }.items() <= {name: policy.name for name, policy in found.items()}.items()
    # Two policies of one name would count in one place by two rules.
    assert len(set(found.values())) == len({policy.name for policy in found.values()})


def use_up(hearth: Hearth, key: str, policy: Policy, but: int = 0) -> None:
    limiter = hearth.runtime.resources["limiter"]
    assert isinstance(limiter, MemoryLimiter)
    # What is used up comes back with time, some of it within the time that a request takes.
    now = limiter._monotonic()
    limiter._monotonic = lambda: now
    for _ in range(policy.quota - but):
        assert limiter.check(key, policy).allowed


async def test_an_accounts_searches_are_counted_together_and_announced(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    use_up(hearth, f"account {ada.id}", SEARCHING, but=1)
    answer = await ada.client.get("/v1/search", params=SEARCH)
    assert answer.status_code == 200
    assert answer.headers["ratelimit-policy"].endswith(f', "search";q={SEARCHING.quota};w=60')
    assert ', "search";r=0;t=' in answer.headers["ratelimit"]
    made = await ada.client.post("/v1/auth/api-keys", json={"name": "other", "scopes": ["search:read"]})
    other = hearth.connect({"X-API-Key": made.json()["secret"]})
    refused = await other.get("/v1/search", params=SEARCH)
    assert (refused.status_code, problem(refused)) == (429, "too_many_requests")
    assert refused.headers["ratelimit"].startswith('"search";r=0;t=')
    assert refused.headers["ratelimit-policy"] == f'"search";q={SEARCHING.quota};w=60'
    assert int(refused.headers["retry-after"]) >= 1
    # Others, and other routes, are not held up.
    assert (await (await hearth.account()).client.get("/v1/search", params=SEARCH)).is_success
    assert (await hearth.client.get("/v1/search", params=SEARCH)).is_success
    assert (await ada.client.get("/v1/posts/1")).status_code == 404


async def test_signing_up_counts_the_address_whatever_credential_is_shown(hearth: Hearth) -> None:
    use_up(hearth, "127.0.0.1", SIGNING_UP)
    refused = await hearth.client.post("/v1/auth/register", json={}, headers={"Authorization": "Bearer made-up"})
    assert problem(refused) == "too_many_requests"


async def test_all_credentials_of_an_account_share_a_quota(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    use_up(hearth, str(ada.id), Policy("account", 900, 60))
    refused = await ada.client.get("/v1/users/me")
    assert problem(refused) == "too_many_requests"
    assert refused.headers["ratelimit-policy"] == '"account";q=900;w=60'
    assert (await hearth.client.get("/v1/users/ada")).is_success


async def test_an_operator_who_wants_no_limits_gets_none(hearth: Hearth) -> None:
    ada = await hearth.account("ada")
    use_up(hearth, f"account {ada.id}", SEARCHING)
    use_up(hearth, str(ada.id), Policy("account", 900, 60))
    with override(Settings, rate_limit=0):
        answer = await ada.client.get("/v1/search", params=SEARCH)
    assert answer.is_success
    assert "search" not in answer.headers["ratelimit"]
