"""Log lines: one JSON object each in production, readable ones on a terminal; none holds a secret or forges another.

Only the letters that a developer's server prints (`LETTERS`) keep theirs: they are printed for its sake.

Loggers are named `hearth.<part>`. What a call gives as `extra` (plain values) becomes fields of its line, and the id
of the request comes by itself. Formatting and writing happen in a thread of their own, in batches: see `setup`.
"""

import json
import linecache
import logging
import logging.config
import math
import os
import queue
import re
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final, TextIO

import orjson

request_id: ContextVar[str] = ContextVar("request_id", default="")

logger = logging.getLogger("hearth.logs")

REDACTED: Final = "[redacted]"
# The logger of the letters that a developer's server prints instead of sending: whoever reads one needs its link whole.
# Nothing else may log there.
LETTERS: Final = "hearth.letters"
# How long a line may wait for others: one wake-up of the writing thread for many lines.
BATCH_SECONDS: Final = 0.05
MAX_WAITING: Final = 10_000
_STOP_SECONDS: Final = 2.0

_LONGEST_TEXT: Final = 8_192
_DEEPEST: Final = 6
_SECRET_NAME = re.compile(
    r"passw|pwd|passphrase|secret|token|authori[sz]ation|cookie|credential|api_?key|private_?key", re.IGNORECASE
)
_SECRET = re.compile(
    # `name=value`, `name: value` and `"name": "value"` in running text.
    r"""(?P<name>(?:passw(?:or)?d|pwd|passphrase|secret|token|api_?key|authorization)["']?\s{0,3}[=:]\s{0,3}["']?)"""
    r"""(?!(?:bearer|basic)\s)[^\s"'&,;]+"""
    r"|(?P<scheme>\b(?:bearer|basic)\s{1,3})[\w.~+/=-]{6,}"
    # Secrets with a shape of their own: a JWT, our keys, tokens and codes, Telegram's bot tokens, a password in a URL.
    r"|\beyJ[\w-]+\.[\w-]+\.[\w-]*"
    r"|\bhth[a-z]?_[\w-]+"
    r"|\d{6,}:AA[\w-]{20,}"
    r"|(?P<url>://[^\s/:@]*:)[^\s/@]+(?=@)"
    # What database and validation errors quote of the values that they refuse; cookies.
    r"|(?P<rest>\[parameters: |Failing row contains \(|input_value=|Key \([^)]*\)=\(|cookie:\s).*",
    re.IGNORECASE,
)
# Every match of `_SECRET` has one of these in it.
_MARKS: Final = (":", "=", "eyj", "hth", "bearer", "basic", "failing row")
# Also the ones that only some programs take for the end of a line, and a terminal's escape sequences.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# Exceptions whose text is the data that failed to validate.
_QUOTING: Final = frozenset({"RequestValidationError", "ResponseValidationError", "ValidationError"})
# What logging and this module set on a record; everything else is an `extra`.
_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "request_id",
    "raised",
    "color_message",  # uvicorn's second copy of its message
}
_ACCESS: Final = "hearth.access"


@dataclass(frozen=True)
class Raised:
    """An exception as a line of the log holds it: no frames, no locals, no secrets."""

    kind: str
    message: str
    stack: traceback.StackSummary
    before: "tuple[Raised, ...]"

    @classmethod
    def of(cls, error: BaseException, depth: int = 0) -> "Raised":
        """Describes the exception, what caused it and, for a group, what it is made of."""
        causes = [error.__cause__ or (None if error.__suppress_context__ else error.__context__)]
        if isinstance(error, BaseExceptionGroup):
            causes.extend(error.exceptions)
        known = [cause for cause in causes if cause is not None] if depth < _DEEPEST else []
        return cls(
            kind=f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins."),
            message=REDACTED if type(error).__name__ in _QUOTING else _text_of(error),
            # The source lines are looked up when they are printed.
            stack=traceback.StackSummary.extract(traceback.walk_tb(error.__traceback__), lookup_lines=False),
            before=tuple(cls.of(cause, depth + 1) for cause in known),
        )

    def as_json(self) -> dict[str, object]:
        """The exception as a field of a JSON line."""
        fields: dict[str, object] = {
            "type": self.kind,
            "message": self.message,
            "stack": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in self.stack],
        }
        return fields | ({"before": [raised.as_json() for raised in self.before]} if self.before else {})

    def as_lines(self) -> Iterator[str]:
        """The exception for people, its causes first."""
        for raised in self.before:
            yield from raised.as_lines()
        for frame in self.stack:
            yield f"{frame.filename}:{frame.lineno} in {frame.name}"
            if source := linecache.getline(frame.filename, frame.lineno or 0).strip():
                yield f"    {source}"
        yield from f"{self.kind}: {self.message}".splitlines()


def _text_of(error: BaseException) -> str:
    try:
        return redact(str(error))
    except Exception:  # noqa: BLE001  somebody's __str__ is broken, and the log is where one learns of it
        return "(its text cannot be made)"


def redact(text: str) -> str:
    """The text, cut to a sane length, without what looks like a password, a token, a key or a quoted value."""
    text = text[:_LONGEST_TEXT]
    lowered = text.lower()
    # Most texts have none of these, and the pattern is slow.
    return _SECRET.sub(_redacted, text) if any(mark in lowered for mark in _MARKS) else text


def _message(record: logging.LogRecord) -> str:
    text = record.getMessage()
    return text if record.name == LETTERS else redact(text)


def _redacted(match: re.Match[str]) -> str:
    return (match["name"] or match["scheme"] or match["url"] or match["rest"] or "") + REDACTED


@lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None


def clean(value: object, depth: int = 0) -> object:
    """The value as JSON can hold it, redacted by the names of keys and by pattern."""
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, Mapping) and depth < _DEEPEST:
        return {str(k): REDACTED if _is_secret(str(k)) else clean(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset) and depth < _DEEPEST:
        return [clean(item, depth + 1) for item in value]
    return redact(str(value))


def _extras(record: logging.LogRecord) -> dict[str, object]:
    cleaned = clean({name: value for name, value in vars(record).items() if name not in _STANDARD})
    return cleaned if isinstance(cleaned, dict) else {}


def _instant(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (RFC 3339, UTC), level, logger, message, request_id, the extras, exception."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        fields: dict[str, object] = {
            "time": _instant(record).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": _message(record),
        }
        if identifier := getattr(record, "request_id", ""):
            fields["request_id"] = identifier
        fields = _extras(record) | fields
        raised = getattr(record, "raised", None)
        if isinstance(raised, Raised):
            fields["exception"] = raised.as_json()
        try:
            return orjson.dumps(fields).decode()
        except TypeError:
            # A lone surrogate, an integer beyond 64 bits.
            return json.dumps(fields)


class TerminalFormatter(logging.Formatter):
    """A line for people: local time, level, message, extras, the request's id; a traceback indented below."""

    _colours: Final = {"DEBUG": "2", "INFO": "36", "WARNING": "33", "ERROR": "31", "CRITICAL": "1;31"}

    def format(self, record: logging.LogRecord) -> str:
        """The line or lines, without the last end."""
        time = _instant(record).astimezone().strftime("%H:%M:%S")
        level = self._paint(f"{record.levelname:<8}", self._colours.get(record.levelname, "0"))
        line = f"{self._paint(time, '2')} {level} {_escape(_message(record))}"
        # The message of an access line already says all that a person wants to know.
        extras = {} if record.name == _ACCESS else _extras(record)
        tail = [f"{name}={value}" for name, value in extras.items() if value is not None]
        if identifier := getattr(record, "request_id", ""):
            tail.append(f"({identifier})")
        if tail:
            line += "  " + self._paint(_escape(" ".join(tail)), "2")
        raised = getattr(record, "raised", None)
        if isinstance(raised, Raised):
            # Indented, so that no text of an exception passes for a line of the log.
            line = "\n".join([line, *(f"    {_escape(row)}" for row in raised.as_lines())])
        return line

    def _paint(self, text: str, colour: str) -> str:
        return text if "NO_COLOR" in os.environ else f"\x1b[{colour}m{text}\x1b[0m"


def _escape(text: str) -> str:
    return _CONTROL.sub(lambda match: match.group().encode("unicode_escape").decode(), text)


def let_go(stream: TextIO) -> None:
    """Sends what a stream of this process still has and will ever get to nowhere: nobody reads it any more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, stream.fileno())
    finally:
        os.close(nowhere)


class LineHandler(logging.StreamHandler):  # type: ignore[type-arg]  # generic in the stubs only
    """Writes lines and leaves the flush to who has written the last one of a batch."""

    def emit(self, record: logging.LogRecord) -> None:
        """Writes the record's line into the stream's buffer."""
        try:
            self.stream.write(self.format(record) + self.terminator)
        except BrokenPipeError:
            let_go(self.stream)
        except Exception:  # noqa: BLE001  the standard library's contract: logging never raises
            self.handleError(record)


class _Enqueue(logging.Handler):
    """The only handler that the server's own threads run: keeps what belongs to the moment and hands the record on."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: queue.SimpleQueue[logging.LogRecord | None] = queue.SimpleQueue()
        self.dropped = 0

    def createLock(self) -> None:  # noqa: N802  the standard library's name
        """No lock: the queue needs none."""
        self.lock = None

    def emit(self, record: logging.LogRecord) -> None:
        """Queues the record; when the stream has been blocked for too long it is dropped and counted."""
        if self.waiting.qsize() >= MAX_WAITING:
            self.dropped += 1
            return
        try:
            record.msg, record.args = record.getMessage(), None
        except Exception:  # noqa: BLE001  arguments that do not fit their format, which must not break the caller
            self.handleError(record)
            return
        record.request_id = request_id.get()
        if record.exc_info and record.exc_info[1] is not None:
            record.raised = Raised.of(record.exc_info[1])
        record.exc_info = None
        self.waiting.put(record)


class _Writer(threading.Thread):
    """Takes records from the queue and gives them to the handlers of the configuration file."""

    def __init__(self, source: _Enqueue, handlers: list[logging.Handler]) -> None:
        super().__init__(name="logs", daemon=True)
        self._source = source
        self._handlers = handlers
        self._stopping = threading.Event()
        self._reported = 0

    def run(self) -> None:
        """Writes batches until told to stop; what was queued before that is still written."""
        while True:
            batch = [self._source.waiting.get()]
            self._stopping.wait(BATCH_SECONDS)
            with suppress(queue.Empty):
                while True:
                    batch.append(self._source.waiting.get_nowait())
            self._write([record for record in batch if record is not None])
            if None in batch:
                return

    def _write(self, batch: list[logging.LogRecord]) -> None:
        if self._source.dropped > self._reported:
            missing, self._reported = self._source.dropped - self._reported, self._source.dropped
            batch.append(logger.makeRecord(logger.name, logging.WARNING, "", 0, f"{missing} lines were lost", (), None))
        for handler in self._handlers:
            for record in batch:
                if record.levelno >= handler.level:
                    handler.handle(record)
            try:
                handler.flush()
            except BrokenPipeError:
                if isinstance(handler, LineHandler):
                    let_go(handler.stream)
            except (OSError, ValueError):
                # Whoever reads them learns of it by what is missing; there is nobody else to tell.
                pass

    def stop(self) -> None:
        """Returns when everything is written, or after two seconds if the stream is blocked."""
        self._stopping.set()
        self._source.waiting.put(None)
        self.join(_STOP_SECONDS)


@contextmanager
def setup(ini_path: Path, *, environment: str, level: str) -> Iterator[None]:
    """Configures logging for the length of the block; at its end everything is written.

    Args:
        ini_path: the repository's `logging.ini` or an operator's own.
        environment: `production` has JSON lines also on a terminal.
        level: of Hearth's own loggers, such as `INFO`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: there is no such level.
    """
    readable = sys.stdout.isatty() and environment != "production"
    defaults = {"lines": "terminal" if readable else "json", "log_level": level.upper()}
    # By default it would silence every logger that was made before, that is, at import.
    logging.config.fileConfig(str(ini_path), defaults=defaults, disable_existing_loggers=False)
    logging.captureWarnings(capture=True)
    root = logging.getLogger()
    handlers, source = root.handlers[:], _Enqueue()
    writer = _Writer(source, handlers)
    root.handlers[:] = [source]
    writer.start()
    try:
        yield
    finally:
        root.handlers[:] = handlers
        writer.stop()
        logging.captureWarnings(capture=False)
