"""Lines: whole, one for each record, without secrets, and never in the way of the server."""

import json
import logging
import os
import re
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src import logs
from src.logs import JsonFormatter, Raised, TerminalFormatter, redact, request_id

pytestmark = pytest.mark.unit

INI = Path(__file__).parents[2] / "logging.ini"
# Put together, so that no scanner takes this file for a leak.
JWT = "eyJhbGciOiJFUzI1NiJ9" + ".eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
BOT = "123456789:" + "AAF" + "a1_B-" * 7
KEY = "hth" + "_k1_abcdefghijklmnop"


def record(
    message: str = "hello", *args: object, error: BaseException | None = None, **extra: object
) -> logging.LogRecord:
    made = logging.LogRecord("hearth.test", logging.INFO, __file__, 1, message, args, None)
    vars(made).update(extra)
    if error is not None:
        made.raised = Raised.of(error)
    return made


def as_json(made: logging.LogRecord) -> dict[str, object]:
    line = JsonFormatter().format(made)
    assert "\n" not in line
    fields: dict[str, object] = json.loads(line, parse_constant=pytest.fail)
    return fields


def throw(error: Exception) -> None:
    raise error


def raised(error: Exception) -> Exception:
    """The exception with a traceback."""
    try:
        throw(error)
    except Exception as caught:  # noqa: BLE001
        return caught
    raise AssertionError


def test_a_json_line_has_its_fields() -> None:
    fields = as_json(record("%s of %d", "one", 2, account_id="7", counts=[1, 2.5, None, True], request_id="r-1"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(fields.pop("time")))
    assert fields == {
        "level": "INFO",
        "logger": "hearth.test",
        "message": "one of 2",
        "request_id": "r-1",
        "account_id": "7",
        "counts": [1, 2.5, None, True],
    }


def test_extras_do_not_replace_what_a_line_says_of_itself() -> None:
    fields = as_json(record(level="forged", time="never", logger="other"))
    assert (fields["level"], fields["logger"]) == ("INFO", "hearth.test")
    assert fields["time"] != "never"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("password=hunter2-canary", "password="),
        ("'PassWord': 'hunter2-canary', 'a': 1", "'a': 1"),
        ('{"new_password": "hunter2-canary"}', "new_password"),
        ("refresh_token: hunter2-canary.", "refresh_token"),
        ("?access_token=hunter2-canary&limit=20", "limit=20"),
        ("Authorization: Bearer hunter2-canary", "Bearer"),
        ("authorization: basic aHVudGVyMi1jYW5hcnk=", "basic"),
        ("bearer hunter2-canary", "bearer"),
        (f"token {JWT} refused", "refused"),
        (f"key {KEY} revoked", "revoked"),
        (f"https://api.telegram.org/bot{BOT}/getMe", "getMe"),
        ("postgresql+asyncpg://hearth:hunter2-canary@db/hearth", "@db/hearth"),
        ("Cookie: session=hunter2-canary; b=hunter2-canary", "Cookie"),
        ("[SQL: INSERT]\n[parameters: ('hunter2-canary', 1)]", "[SQL: INSERT]"),
        ("DETAIL:  Failing row contains (1, hunter2-canary).", "Failing row"),
        ("DETAIL:  Key (email)=(hunter2-canary) already exists.", "Key (email)"),
        ("Input should be valid [type=x, input_value='hunter2-canary', input_type=str]", "type=x"),
        ("api_key=hunter2-canary apikey: hunter2-canary", "api_key"),
    ],
)
def test_secrets_are_taken_out_of_texts(text: str, kept: str) -> None:
    for line in (redact(text), JsonFormatter().format(record(text)), TerminalFormatter().format(record(text))):
        for secret in ("hunter2", "aHVudGVy", "eyJ", "AAF", KEY):
            assert secret not in line
        assert "[redacted]" in line
    assert kept in redact(text)


def test_a_letter_that_is_printed_keeps_its_link() -> None:
    text = f"https://hearth.example/account/confirm-email#{KEY}"
    letter = record(text, name=logs.LETTERS)
    assert as_json(letter)["message"] == text
    assert text in TerminalFormatter().format(letter)


@pytest.mark.parametrize(
    "text", ["GET /v1/posts 200 3.1 ms", "a token bucket", "10:45:12", "x=1", "basics", "the bearer of news"]
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert redact(text) == text


def test_secrets_are_taken_out_by_the_name_of_their_field() -> None:
    fields = as_json(
        record(
            password="canary",
            new_token="canary",
            headers={"Authorization": "canary", "Cookie": "canary", "Accept": "text/html"},
            rows=[{"api_key": "canary"}, ("a", {"SECRET": "canary"})],
        )
    )
    assert "canary" not in json.dumps(fields)
    assert fields["headers"] == {"Authorization": "[redacted]", "Cookie": "[redacted]", "Accept": "text/html"}


def test_values_that_json_cannot_hold_become_text() -> None:
    nested: list[object] = []
    nested.append(nested)
    fields = as_json(
        record("half \ud800", big=2**70, path=Path("/a"), kind=ValueError, circle=nested, nan=float("nan"))
    )
    assert fields["big"] == 2**70
    assert fields["path"] == "/a"
    assert fields["message"] == "half \ud800"


@given(st.text(), st.dictionaries(st.text(), st.text() | st.integers() | st.floats() | st.binary()))
def test_any_record_is_one_line(message: str, extra: dict[str, object]) -> None:
    as_json(record("%s", message, field=extra))
    assert len(TerminalFormatter().format(record("%s", message, field=extra)).splitlines()) == 1


def test_nobody_forges_a_line_or_paints_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    forged = "x\r\n10:00:00 INFO forged\x1b[2J\x9b2J\u2028y"
    for line in (TerminalFormatter().format(record("%s", forged)), TerminalFormatter().format(record(name=forged))):
        assert line.isprintable(), line
    rows = TerminalFormatter().format(record(error=raised(ValueError(forged)))).split("\n")
    assert all(row.startswith("    ") and row.isprintable() for row in rows[1:])


def test_an_exception_is_structured_and_tells_its_causes() -> None:
    try:
        try:
            raise KeyError("a")  # noqa: TRY301
        except KeyError as error:
            raise RuntimeError("password=hunter2-canary") from error
    except RuntimeError as error:
        group = ExceptionGroup("both", [error, OSError("disk")])
    fields = as_json(record(error=group))
    exception = fields["exception"]
    assert isinstance(exception, dict)
    first, second = exception["before"]
    assert (exception["type"], first["type"], second["type"]) == ("ExceptionGroup", "RuntimeError", "OSError")
    assert first["message"] == "password=[redacted]"
    assert first["before"][0]["type"] == "KeyError"
    assert re.search(r"test_logs\.py:\d+ test_an_exception", first["stack"][0])


def test_an_exception_on_a_terminal_shows_its_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    text = TerminalFormatter().format(record("Unhandled", error=raised(ValueError("no\nway")), request_id="r-1"))
    assert "(r-1)" in text.split("\n")[0]
    assert "        raise error" in text
    assert text.endswith("    ValueError: no\n    way")


def test_errors_that_quote_their_data_are_not_quoted() -> None:
    class ResponseValidationError(Exception):
        pass

    class Broken(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert Raised.of(ResponseValidationError("{'input': 'canary'}")).message == "[redacted]"
    assert "cannot be made" in Raised.of(Broken()).message


def test_a_circle_of_causes_ends() -> None:
    one, other = ValueError("1"), ValueError("2")
    one.__cause__, other.__cause__ = other, one
    assert len(json.dumps(as_json(record(error=one)))) < 5000


@contextmanager
def running(level: str = "INFO", environment: str = "production") -> Iterator[None]:
    with logs.setup(INI, environment=environment, level=level):
        yield


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_setup_writes_every_line_before_it_ends(capsys: pytest.CaptureFixture[str]) -> None:
    early, foreign = logging.getLogger("hearth.early"), logging.getLogger("elsewhere")
    with running():
        for number in range(100):
            early.info("line %d", number, extra={"n": number})
        logging.getLogger("hearth").debug("not at this level")
        logging.getLogger("sqlalchemy.engine").info("not a warning")
        logging.getLogger("uvicorn.error").info("how it starts, in its own words")
        logging.getLogger("uvicorn.error").error("from below")
        foreign.warning("from elsewhere")
    written = lines(capsys.readouterr().out)
    assert [line["message"] for line in written] == [*(f"line {n}" for n in range(100)), "from below", "from elsewhere"]


def test_the_libraries_keep_to_warnings_whatever_the_level_and_the_root_are() -> None:
    with running("DEBUG"):
        logging.getLogger().setLevel(logging.DEBUG)
        for name in ("sqlalchemy.engine", "apscheduler.executors.default", "apscheduler.scheduler"):
            assert logging.getLogger(name).getEffectiveLevel() == logging.WARNING


def test_the_level_is_a_setting(capsys: pytest.CaptureFixture[str]) -> None:
    with running("debug"):
        logging.getLogger("hearth.a").debug("seen")
    with running("WARNING"):
        logging.getLogger("hearth.a").info("not seen")
    assert [line["message"] for line in lines(capsys.readouterr().out)] == ["seen"]
    with pytest.raises(ValueError, match="NOISY"), running("noisy"):
        pass


def test_what_belongs_to_the_moment_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    log = logging.getLogger("hearth.a")
    with running():
        token = request_id.set("request-1")
        value = ["before"]
        log.info("%s", value)
        try:
            raise ValueError("no")  # noqa: TRY301
        except ValueError:
            log.exception("failed")
        value[0] = "after"
        request_id.reset(token)
        log.info("outside")
    first, failed, outside = lines(capsys.readouterr().out)
    assert (first["message"], first["request_id"]) == ("['before']", "request-1")
    assert isinstance(failed["exception"], dict)
    assert failed["exception"]["type"] == "ValueError"
    assert "request_id" not in outside


def test_a_line_that_cannot_be_made_breaks_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    with running():
        logging.getLogger("hearth.a").info("%d", "not a number")
        logging.getLogger("hearth.a").info("next")
    out, err = capsys.readouterr()
    assert [line["message"] for line in lines(out)] == ["next"]
    assert "TypeError" in err


def test_warnings_are_lines_too(capsys: pytest.CaptureFixture[str]) -> None:
    with running(), warnings.catch_warnings():
        # Of this class only: others may tell of what an earlier test has left behind.
        warnings.simplefilter("always", UserWarning)
        warnings.warn("old", UserWarning, stacklevel=1)
    (line,) = lines(capsys.readouterr().out)
    assert (line["logger"], line["level"]) == ("py.warnings", "WARNING")


class _Stalled:
    """A stdout that nobody reads until it is released."""

    def __init__(self, *, terminal: bool = False) -> None:
        self.released = threading.Event()
        self.text = ""
        self.terminal = terminal

    def write(self, text: str) -> int:
        self.released.wait(10)
        self.text += text
        return len(text)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return self.terminal


def test_a_blocked_stdout_blocks_nobody_and_memory_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    stalled = _Stalled()
    monkeypatch.setattr(sys, "stdout", stalled)
    monkeypatch.setattr(logs, "MAX_WAITING", 50)
    log = logging.getLogger("hearth.a")
    with running():
        for number in range(500):
            log.info("line %d", number)
        stalled.released.set()
    written = [line["message"] for line in lines(stalled.text)]
    assert written[0] == "line 0"
    lost = [re.fullmatch(r"(\d+) lines were lost", str(message)) for message in written]
    counted = sum(int(match[1]) for match in lost if match)
    assert counted > 300
    assert len(written) - len([match for match in lost if match]) + counted == 500


def test_a_stdout_that_never_comes_back_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    stalled = _Stalled()
    monkeypatch.setattr(sys, "stdout", stalled)
    monkeypatch.setattr(logs, "_STOP_SECONDS", 0.05)
    with running():
        logging.getLogger("hearth.a").info("never read")
    assert stalled.text == ""
    stalled.released.set()


def test_a_stdout_that_nobody_reads_any_more_is_no_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        monkeypatch.setattr(sys, "stdout", closed)
        with logs.setup(INI, environment="production", level="INFO"):
            for _ in range(200):
                logging.getLogger("hearth.test").info("nobody reads this " * 10)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("terminal", "environment", "readable"),
    [(True, "development", True), (True, "production", False), (False, "development", False)],
)
def test_people_get_readable_lines_and_machines_json(
    terminal: bool, environment: str, readable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    stdout = _Stalled(terminal=terminal)
    stdout.released.set()
    monkeypatch.setattr(sys, "stdout", stdout)
    monkeypatch.delenv("NO_COLOR", raising=False)
    with running(environment=environment):
        logging.getLogger("hearth.a").info("hello", extra={"count": 3})
        logging.getLogger("hearth.access").info("GET / 200 1.0 ms", extra={"path": "/"})
    if readable:
        first, second = stdout.text.splitlines()
        assert re.search(r"\d\d:\d\d:\d\d.* \x1b\[36mINFO.* hello .*count=3", first)
        assert "path=" not in second
    else:
        assert [line["message"] for line in lines(stdout.text)] == ["hello", "GET / 200 1.0 ms"]


def test_handlers_are_as_before_when_it_ends() -> None:
    root, before = logging.getLogger(), logging.getLogger().handlers[:]
    try:
        with running():
            pass
        assert [type(handler).__name__ for handler in root.handlers] == ["LineHandler"]
    finally:
        root.handlers[:] = before


def test_a_missing_file_is_told() -> None:
    with pytest.raises(FileNotFoundError), logs.setup(Path("/nowhere/logging.ini"), environment="x", level="INFO"):
        pass


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is, what was logged is written before a test looks at it."""
    monkeypatch.setattr(logs, "_STOP_SECONDS", 60)


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """Pytest's own handlers and all levels come back after a test that configures logging."""
    names = ("", "hearth", "uvicorn", "sqlalchemy", "apscheduler")
    kept = [
        (logging.getLogger(name), logging.getLogger(name).level, logging.getLogger(name).handlers[:]) for name in names
    ]
    yield
    for logger, level, handlers in kept:
        logger.setLevel(level)
        logger.handlers[:] = handlers
