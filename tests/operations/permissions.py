"""Who gets what from the routes of operations."""

from dataclasses import replace

from tests.permission_table import Row


def _of_admins(method: str, path: str, status: int = 200, body: dict[str, object] | None = None) -> Row:
    row = Row(method, path, stranger=403, requested=403, follower=403, blocked=403, owner=403, moderator=403)
    return replace(row, admin=status, body=body)


PERMISSIONS: tuple[Row, ...] = (
    Row("GET", "/health/live", nobody=200),
    Row("GET", "/health/ready", nobody=200),
    Row("GET", "/v1/server", nobody=200),
    _of_admins("PATCH", "/v1/admin/server", body={"name": "Elm Street"}),
    _of_admins("GET", "/v1/admin/status"),
    _of_admins("GET", "/v1/admin/storage"),
    _of_admins("POST", "/v1/admin/doctor", 202),
)
