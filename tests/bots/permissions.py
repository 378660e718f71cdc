"""Who may do what with bots. `{bot_id}` is the owner's, and there for nobody else."""

from dataclasses import replace

from tests.permission_table import IDENTITIES, Row


def _own(method: str, path: str, owner: int, body: dict[str, object] | None = None) -> Row:
    """A route of a bot."""
    others = dict.fromkeys(IDENTITIES[1:], 404) | {"owner": owner}
    return replace(Row(method, f"/v1/bots/{{bot_id}}{path}", body=body), **others)  # type: ignore[arg-type]


PERMISSIONS: tuple[Row, ...] = (
    replace(
        Row("POST", "/v1/bots", body={"username": "weather_bot"}),
        **dict.fromkeys(IDENTITIES[1:], 201),  # type: ignore[arg-type]
    ),
    Row("GET", "/v1/bots"),
    _own("GET", "", 200),
    _own("PATCH", "", 200, {"display_name": "Weather"}),
    _own("DELETE", "", 204),
    _own("GET", "/keys", 200),
    _own("POST", "/keys", 201, {"name": "script", "scopes": ["chats:write"]}),
    # It has no key of this id.
    _own("DELETE", "/keys/{key_id}", 404),
)
