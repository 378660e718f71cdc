"""What a process says of a database that is away: one line when it begins and one when it is over, without traces."""

import logging

import pytest

from src import clock
from src.auth.ended import EndedCredentials
from src.auth.gathered import Gathered
from src.database import Database
from src.exceptions import Unavailable
from tests.hearth import Hearth

AWAY = "postgresql+asyncpg://nobody@127.0.0.1:1/none"


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Level and first words of each line since the last look; none holds a trace."""
    records = [record for record in caplog.records if record.name == "hearth.auth"]
    caplog.clear()
    assert all(record.exc_info is None and "\n" not in record.getMessage() for record in records)
    return [(record.levelname, record.getMessage().partition(":")[0]) for record in records]


async def test_an_outage_of_what_has_ended_is_one_line_and_its_end_another(
    hearth: Hearth, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    own = EndedCredentials(Database(AWAY))
    away = own._database
    for _ in range(2):
        for _ in range(3):
            with pytest.raises(Unavailable):
                await own.be_fresh()
        began = "Ended sessions cannot be read; requests with credentials are refused until they can"
        assert lines(caplog) == [("WARNING", began)]
        own._database = hearth.database
        for _ in range(2):
            await own.be_fresh()
            own._known_at -= 60
        assert lines(caplog) == [("INFO", "Ended sessions can be read again")]
        own._database = away


async def test_an_outage_of_last_uses_is_one_line_and_its_end_another(
    hearth: Hearth, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    ada = await hearth.account("ada")
    own = Gathered(Database(AWAY))
    for _ in range(3):
        own.use(ada.session_id, clock.now())
        await own._try_to_write()
    # Nothing to write is no sign that it could be written.
    await own._try_to_write()
    assert lines(caplog) == [("WARNING", "Last uses of sessions and keys could not be written")]
    own._database = hearth.database
    for _ in range(2):
        own.use(ada.session_id, clock.now())
        await own._try_to_write()
    assert lines(caplog) == [("INFO", "Last uses of sessions and keys are written again")]
