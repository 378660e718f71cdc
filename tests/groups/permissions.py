"""Who may do what with groups. The one of `{group_id}` is its owner's, who is alone in it; `{code}` leads there."""

from dataclasses import replace

from tests.permission_table import Row


def _inside(method: str, path: str, owner: int, body: dict[str, object] | None = None) -> Row:
    """A route that finds the group for its members alone, whoever they are to its owner."""
    row = Row(method, f"/v1/groups/{{group_id}}/{path}", body=body).hidden(401)
    return replace(row, follower=404, owner=owner)


PERMISSIONS: tuple[Row, ...] = (
    _inside("GET", "members", 200),
    # Who is there stays there.
    _inside("PUT", "members/{account_id}", 200),
    # Whoever owns a group hands it over before they are anything else.
    _inside("PATCH", "members/{account_id}", 409, {"role": "member"}),
    _inside("DELETE", "members/{account_id}", 204),
    _inside("POST", "transfer", 404, {"account_id": "1"}),
    _inside("GET", "bans", 200),
    # Nobody bans themselves.
    _inside("PUT", "bans/{account_id}", 403),
    _inside("DELETE", "bans/{account_id}", 204),
    _inside("GET", "invites", 200),
    _inside("POST", "invites", 201, {"max_uses": 1}),
    _inside("DELETE", "invites/{invite_id}", 204),
    Row("GET", "/v1/group-invites/{code}"),
    Row("POST", "/v1/group-invites/{code}"),
)
