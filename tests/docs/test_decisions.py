"""The decision records are whole, name only what exists, and hold where nothing else holds them."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.features import metadata
from src.models import first_id_at, instant_of

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "decisions"
RECORDS = sorted(FOLDER.glob("[0-9]*.md"))
SECTIONS = ["## Context", "## Decision", "## Consequences", "## Held by"]
INSTANTS = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  naive bounds


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_record_is_whole(record: Path) -> None:
    lines = record.read_text().splitlines()
    assert lines[0].startswith(f"# {record.name[:4]}. ")
    assert [line for line in lines if line.startswith("## ")] == SECTIONS
    assert len(lines) <= 60


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_what_holds_a_record_exists(record: Path) -> None:
    held_by = record.read_text().partition("## Held by")[2]
    named = re.findall(r"`((?:tests|scripts|src|docs)/[\w./]+)`", held_by)
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_lints_that_a_record_names_exist(record: Path) -> None:
    rules = "".join(path.read_text() for path in (ROOT / "scripts" / "checks").glob("*.py"))
    assert [code for code in re.findall(r"\bH\d{3}\b", record.read_text()) if f'"{code}"' not in rules] == []


def test_the_list_of_records_is_complete() -> None:
    listed = re.findall(r"\]\(([0-9]{4}-[\w-]+\.md)\)", (FOLDER / "README.md").read_text())
    assert listed == [record.name for record in RECORDS]


def test_every_id_is_minted_by_the_one_function() -> None:
    # What extends a row of another table goes by the id of that one.
    columns = [table.c.id for table in metadata().sorted_tables if "id" in table.c and not table.c.id.foreign_keys]
    assert columns
    assert [
        str(column) for column in columns if "hearth_id()" not in str(getattr(column.server_default, "arg", ""))
    ] == []


@given(INSTANTS, INSTANTS)
def test_ids_are_ordered_as_their_instants_are(one: datetime, other: datetime) -> None:
    assert (first_id_at(one) <= first_id_at(other)) or one > other
    assert abs((instant_of(first_id_at(one)) - one).total_seconds()) <= 0.001
