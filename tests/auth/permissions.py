"""Who gets what from the routes of accounts."""

from dataclasses import replace

from tests.permission_table import Row

_OPEN = ("nobody", "stranger", "requested", "follower", "blocked", "owner", "moderator", "admin")
_MEMBERS = ("stranger", "requested", "follower", "blocked", "owner")


def _row(method: str, path: str, statuses: dict[str, int], body: dict[str, object] | None = None) -> Row:
    return replace(Row(method, path, body=body), **statuses)  # type: ignore[arg-type]


def _all(status: int, *identities: str) -> dict[str, int]:
    return dict.fromkeys(identities or _OPEN[1:], status)


_NOT_STAFF = _all(403, *_MEMBERS)
_ONLY_ADMIN = _all(403) | {"admin": 204}
_READ_BY_ADMIN = _all(403) | {"admin": 200}

PERMISSIONS: tuple[Row, ...] = (
    # The doors: open to everybody, and to nobody without the right secret.
    _row("POST", "/v1/auth/login", _all(401, *_OPEN), {"login": "nobody_at_all", "password": "a horse of colours"}),
    _row("POST", "/v1/auth/refresh", _all(401, *_OPEN), {"refresh_token": "x"}),
    _row("POST", "/v1/auth/logout", _all(204)),
    _row("POST", "/v1/auth/password", _all(403), {"current_password": "x", "new_password": "a horse of colours"}),
    _row("POST", "/v1/auth/reauthenticate", _all(403), {"password": "x"}),
    # Nobody here has an address.
    _row("POST", "/v1/auth/email/confirmation", _all(409)),
    _row("POST", "/v1/auth/email/confirm", _all(422, *_OPEN), {"token": "x"}),
    _row("PUT", "/v1/auth/email", _all(202), {"email": "ada@example.org"}),
    _row("POST", "/v1/auth/email/undo", _all(422, *_OPEN), {"token": "x"}),
    _row("POST", "/v1/auth/password-reset", _all(202, *_OPEN), {"email": "ada@example.org"}),
    _row(
        "POST",
        "/v1/auth/password-reset/confirm",
        _all(422, *_OPEN),
        {"token": "x", "new_password": "a horse of colours"},
    ),
    _row("POST", "/v1/auth/login/second-factor", _all(401, *_OPEN), {"challenge": "x", "code": "000000"}),
    Row("GET", "/v1/auth/second-factor"),
    _row("POST", "/v1/auth/second-factor", _all(201)),
    # Nobody here has begun with one.
    _row("POST", "/v1/auth/second-factor/confirmation", _all(409), {"code": "000000"}),
    _row("DELETE", "/v1/auth/second-factor", _all(204)),
    _row("POST", "/v1/auth/second-factor/recovery-codes", _all(409)),
    Row("GET", "/v1/auth/me"),
    Row("GET", "/v1/auth/security-events"),
    Row("GET", "/v1/auth/sessions"),
    _row("DELETE", "/v1/auth/sessions", _all(204)),
    _row("DELETE", "/v1/auth/sessions/{session_id}", _all(404) | {"owner": 204}),
    Row("GET", "/v1/auth/api-keys"),
    _row("POST", "/v1/auth/api-keys", _all(201), {"name": "script", "scopes": ["auth:read"]}),
    # The owner in the path has no key and, being a member, no invitation.
    _row("DELETE", "/v1/auth/api-keys/{key_id}", _all(404)),
    _row("GET", "/v1/auth/invitations", _NOT_STAFF),
    _row("POST", "/v1/auth/invitations", _all(201) | _NOT_STAFF, {}),
    _row("DELETE", "/v1/auth/invitations/{invitation_id}", _all(404) | _NOT_STAFF),
    _row("GET", "/v1/admin/accounts", _READ_BY_ADMIN),
    _row("GET", "/v1/admin/accounts/{account_id}", _READ_BY_ADMIN),
    _row("DELETE", "/v1/admin/accounts/{account_id}/second-factor", _ONLY_ADMIN),
    _row("GET", "/v1/admin/audit", _READ_BY_ADMIN),
    _row("PUT", "/v1/admin/accounts/{account_id}/role", _ONLY_ADMIN, {"role": "member"}),
    _row("PUT", "/v1/admin/accounts/{account_id}/suspension", _ONLY_ADMIN),
    _row("DELETE", "/v1/admin/accounts/{account_id}/suspension", _ONLY_ADMIN),
    _row("DELETE", "/v1/admin/accounts/{account_id}/sessions", _ONLY_ADMIN),
)
