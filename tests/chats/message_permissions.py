"""Who may do what with messages. That of `{message_id}` is the owner's, in a group in which they sit alone."""

from dataclasses import replace

from tests.permission_table import Row


def _own(method: str, path: str, owner: int = 200, body: dict[str, object] | None = None) -> Row:
    """A route of a chat, which is there for its members alone, whoever they are to its owner."""
    return replace(Row(method, f"/v1/chats/{{chat_id}}{path}", body=body, owner=owner).hidden(401), follower=404)


_MESSAGE = "/messages/{message_id}"

MESSAGE_PERMISSIONS: tuple[Row, ...] = (
    _own("GET", "/messages"),
    _own("POST", "/messages", 201, {"text": "hello"}),
    _own("GET", _MESSAGE),
    _own("PATCH", _MESSAGE, body={"text": "changed"}),
    _own("GET", f"{_MESSAGE}/edits"),
    # Whoever moderates removes what they do not see.
    replace(_own("DELETE", _MESSAGE, 204), moderator=204, admin=204),
    _own("POST", f"{_MESSAGE}/hide", 204),
    _own("GET", f"{_MESSAGE}/thread"),
    _own("GET", "/threads"),
    _own("GET", f"{_MESSAGE}/reactions"),
    _own("PUT", f"{_MESSAGE}/reactions/{{emoji}}"),
    _own("DELETE", f"{_MESSAGE}/reactions/{{emoji}}"),
    _own("GET", "/pins"),
    _own("PUT", "/pins/{message_id}"),
    _own("DELETE", "/pins/{message_id}"),
)
