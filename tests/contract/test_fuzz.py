"""The fuzzer's view: whatever fits the OpenAPI document or does not, every answer is one that the document promises.

With all that the fuzzer has: its coverage of schemas, long random walks, chains of requests.
"""

import asyncio
import base64
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import pytest
import schemathesis
from fastapi import FastAPI
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.engine.recorder import Interaction, RecordedScenario
from schemathesis.openapi.checks import UseAfterFree
from schemathesis.python import asgi

from src import config, idempotency
from src.auth.config import AuthSettings, RegistrationMode
from src.config import Settings
from tests.cluster import Cluster
from tests.contract.fuzzed import PASSES, FuzzedHouse

# No limit of time: where that cuts the walk, each run looks at something else.
_EXAMPLES: Final = 4
# For one answer, in seconds: what the house itself bounds has tests of its own, and machines stand still now and then.
_PATIENCE: Final = 60
# As each caller; two minutes where the machine has nothing else to do.
_TIMEOUT: Final = 1_800

# Rules that no schema can say, by the code of the field's error.
_RULES: Final = {
    "crop_outside": "the left edge and the width together",
    "cursor": "a cursor is opaque, and belongs to a kind of list",
    "id": "nineteen digits hold more than 63 bits",
    "instant": "a date-time of a year with five digits",
    "instant_range": "years from 1900 to 2199",
    "datetime_from_date_parsing": "a leap second is none that a clock here could show",
    "datetime_parsing": "as above",
    "int_type": "1.0 is whole for a schema, and a slip for us",
    "time_zone": "names of the IANA database",
    "invisible": "a name that shows nothing",
    "invisible_characters": "a name that turns the text around it",
    "nul_character": "text that PostgreSQL cannot hold",
    "url": "an address of the web",
    "url_credentials": "an address without a password",
    "two_ends": "one of two fields",
    "quiet_hours": "two times that differ",
    "string_pattern_mismatch": "addresses and locales, whose patterns stand behind the check for NUL",
    "string_too_short": "a name of spaces alone is empty without them",
    "string_too_long": "an address may grow in its normal form",
}


@dataclass(frozen=True)
class Finding:
    """A check that failed, with the exchange."""

    check: str
    operation: str
    title: str
    request: str
    answer: str


def _explained(check: str, exchange: Interaction | None) -> bool:
    """Whether the check asks for what cannot be."""
    if check != "positive_data_acceptance" or exchange is None or exchange.response is None:
        return False
    problem = json.loads(exchange.response.content)
    if problem["status"] == 422 and problem["code"] != "invalid_input":
        # A rule of a package, with a code of its own.
        return True
    if problem["code"] == "media_type_refused":
        # What a file has to be, no schema says.
        return True
    if problem["code"] == "bad_request":
        # An address cannot hold NUL, and no schema says so of each parameter.
        return "%00" in exchange.request.uri
    return bool(problem["errors"]) and all(error["code"] in _RULES for error in problem["errors"])


def _may_be_gone(recorder: RecordedScenario, case_id: str) -> bool:
    """Whether what is asked for was made by a request whose answer was an earlier one's, by its Idempotency-Key."""
    made = recorder.interactions.get(recorder.cases[case_id].parent_id or "")
    return made is not None and made.response is not None and idempotency.REPLAYED.lower() in made.response.headers


def _is_of_another(failure: UseAfterFree) -> bool:
    """Whether what was deleted is not what is asked for (`/repost` and `/reposts`), or keeps its place."""
    freed, used = failure.free.partition(" ")[2], failure.usage.partition(" ")[2]
    return "/messages/" in freed or not f"{used}/".startswith(f"{freed}/")


def _settings(headers: dict[str, str]) -> SchemathesisConfig:
    return SchemathesisConfig.from_dict(
        {
            "headers": headers,
            "continue-on-failure": True,
            "request-timeout": _PATIENCE,
            "generation": {
                "max-examples": _EXAMPLES,
                # What it finds, it finds each time, whatever else has changed.
                "deterministic": True,
                "database": "none",
                # Credentials are the test's own; `ignored_auth` leaves them out and spoils them by itself.
                "with-security-parameters": False,
            },
        }
    )


def _findings(event: events.ScenarioFinished) -> Iterator[Finding]:
    for case_id, checks in event.recorder.checks.items():
        exchange = event.recorder.interactions.get(case_id)
        for check in checks:
            if check.failure_info is None or _explained(check.name, exchange):
                continue
            if check.name == "ensure_resource_availability" and _may_be_gone(event.recorder, case_id):
                continue
            failure = check.failure_info.failure
            if isinstance(failure, UseAfterFree) and _is_of_another(failure):
                continue
            body = base64.b64decode((exchange and exchange.request.encoded_body) or "")
            asked = f"{exchange.request.method} {exchange.request.uri} {body[:500]!r}" if exchange else ""
            said = exchange.response.content[:500].decode() if exchange and exchange.response else ""
            yield Finding(check.name, str(event.label), f"{failure.title}: {failure.message[:300]}", asked, said)


@contextmanager
def _house(app: FastAPI, settings: Settings, cluster: Cluster) -> Iterator[FuzzedHouse]:
    name = asyncio.run(cluster.create())
    try:
        with config.override(AuthSettings, registration=RegistrationMode.OPEN):
            yield FuzzedHouse(app, settings.model_copy(update={"rate_limit": 0}), cluster.server.url_of(name))
    finally:
        asgi.shutdown_lifespans()
        asyncio.run(cluster.drop(name))


@pytest.mark.system
@pytest.mark.timeout(_TIMEOUT)
@pytest.mark.parametrize("caller", ["nobody", *PASSES])
def test_every_answer_is_one_that_the_document_promises(
    app: FastAPI, settings: Settings, cluster: Cluster, caller: str
) -> None:
    headers = {"Authorization": f"Bearer {PASSES[caller]}"} if caller in PASSES else {}
    found: list[Finding] = []
    trouble: list[Any] = []
    statuses: Counter[int] = Counter()
    with _house(app, settings, cluster) as house:
        schema = schemathesis.openapi.from_asgi("/openapi.json", house, config=_settings(headers), timeout=_PATIENCE)
        for event in from_schema(schema).execute():
            if isinstance(event, events.ScenarioFinished):
                found += _findings(event)
                answers = [one.response for one in event.recorder.interactions.values() if one.response is not None]
                statuses.update(answer.status_code for answer in answers)
            elif isinstance(event, events.NonFatalError | events.FatalError):
                trouble.append(event)
    assert found == []
    assert trouble == []
    # Who was signed in was so to the end, and who was not got no further than the doors.
    assert statuses.total() > 150
    assert (statuses[200] > 30) if caller in PASSES else (statuses[401] > statuses[200])
    assert not any(status >= 500 for status in statuses)
