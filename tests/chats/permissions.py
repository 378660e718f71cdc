"""Who may do what with chats. The one of `{chat_id}` is a group in which its owner sits alone."""

from dataclasses import replace

from tests.chats.message_permissions import MESSAGE_PERMISSIONS
from tests.permission_table import IDENTITIES, Row


def _own(method: str, path: str, owner: int = 200, body: dict[str, object] | None = None) -> Row:
    """A route of a chat, which is there for its members alone, whoever they are to its owner."""
    return replace(Row(method, f"/v1/chats/{{chat_id}}{path}", body=body, owner=owner).hidden(401), follower=404)


PERMISSIONS: tuple[Row, ...] = (
    Row(
        "POST",
        "/v1/chats",
        body={"kind": "group", "name": "Film night"},
        stranger=201,
        requested=201,
        follower=201,
        blocked=201,
        owner=201,
        moderator=201,
        admin=201,
    ),
    Row("GET", "/v1/chats"),
    Row("GET", "/v1/channels"),
    Row("GET", "/v1/chats/all/unread"),
    Row("GET", "/v1/chats/all/settings"),
    Row("PATCH", "/v1/chats/all/settings", body={"shares_reads": False}),
    # A private account can be written to by all whom it has not blocked.
    Row("PUT", "/v1/chats/direct/{account_id}", blocked=404),
    _own("GET", ""),
    _own("PATCH", "", body={"name": "Book night"}),
    # The item of `{media_id}` is the owner's.
    _own("PUT", "/picture", 422, {"media_id": "1"}),
    _own("DELETE", "/picture"),
    _own("POST", "/join"),
    _own("PUT", "/read", body={"seq": 1}),
    _own("GET", "/receipts"),
    _own("POST", "/exports", 202),
    _own("PUT", "/notifications", body={"level": "mentions"}),
    _own("GET", "/hooks"),
    _own("POST", "/hooks", 201, {"name": "Backups"}),
    _own("POST", "/hooks/{hook_id}/rotation"),
    _own("DELETE", "/hooks/{hook_id}", 204),
    # Its code is all that is asked for.
    replace(
        Row("POST", "/v1/chat-hooks/{hook_code}", body={"text": "The backup is done."}),
        **dict.fromkeys(IDENTITIES, 201),  # type: ignore[arg-type]
    ),
    *MESSAGE_PERMISSIONS,
)
