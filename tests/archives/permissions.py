"""Who may have whose account deleted: everybody their own, and no key."""

from dataclasses import replace

from tests.permission_table import IDENTITIES, Row

_MEMBERS = IDENTITIES[1:]
_PATH = "/v1/account/deletion"


def _row(method: str, status: int) -> Row:
    return replace(Row(method, _PATH), **dict.fromkeys(_MEMBERS, status))  # type: ignore[arg-type]


PERMISSIONS: tuple[Row, ...] = (
    # There are other admins.
    _row("POST", 202),
    # Nobody here has asked.
    _row("GET", 404),
    _row("DELETE", 404),
)
