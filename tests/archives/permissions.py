"""Who may have whose account deleted, exported and filled: everybody their own; by a key, only the last of it."""

from dataclasses import replace

from tests.permission_table import IDENTITIES, Row

_MEMBERS = IDENTITIES[1:]
_PATH = "/v1/account"


def _row(method: str, path: str, status: int) -> Row:
    return replace(Row(method, f"{_PATH}/{path}"), **dict.fromkeys(_MEMBERS, status))  # type: ignore[arg-type]


PERMISSIONS: tuple[Row, ...] = (
    # There are other admins.
    _row("POST", "deletion", 202),
    # Nobody here has asked.
    _row("GET", "deletion", 404),
    _row("DELETE", "deletion", 404),
    _row("POST", "exports", 202),
    _row("GET", "exports", 200),
    # There is none of theirs.
    _row("GET", "exports/{export_id}/file", 404),
    _row("DELETE", "exports/{export_id}", 404),
    # Nothing is sent.
    replace(_row("POST", "imports", 422), query="kind=hearth"),
)
