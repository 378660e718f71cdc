"""Who gets what from the routes of people."""

from tests.permission_table import Row


def _request(method: str) -> Row:
    """Answering a request: the owner of the path has not asked anybody to be accepted."""
    path = "/v1/users/me/follow-requests/{account_id}"
    return Row(method, path, follower=404, owner=404).hidden(nobody=401)


def _list_of_private(path: str) -> Row:
    """A list that only followers and the private person see: the others know that it is there."""
    return Row("GET", path, nobody=403, stranger=403, requested=403, blocked=404, moderator=403, admin=403)


def _unfit(method: str, path: str, body: dict[str, object]) -> Row:
    """A route that takes all who are signed in, and refuses what they send."""
    return Row(
        method,
        path,
        body=body,
        stranger=422,
        requested=422,
        follower=422,
        blocked=422,
        owner=422,
        moderator=422,
        admin=422,
    )


PERMISSIONS: tuple[Row, ...] = (
    # Without an invitation, in the mode that a server starts in, nobody signs up: who is signed in as little.
    Row(
        "POST",
        "/v1/auth/register",
        nobody=403,
        stranger=403,
        requested=403,
        follower=403,
        blocked=403,
        owner=403,
        moderator=403,
        admin=403,
        body={"username": "newcomer", "password": "a horse of many colours"},
    ),
    Row("GET", "/v1/users", nobody=200),
    Row("GET", "/v1/users/me"),
    Row("PATCH", "/v1/users/me", body={"bio": "Hello."}),
    # Nobody has an item of this number.
    _unfit("PUT", "/v1/users/me/pictures/{place}", {"media_id": "1"}),
    Row("DELETE", "/v1/users/me/pictures/{place}"),
    Row("GET", "/v1/generated/{place}/{account_id}", nobody=200),
    Row("GET", "/v1/users/relationships", query="ids=1&ids=2"),
    Row("GET", "/v1/users/me/blocks"),
    Row("GET", "/v1/users/me/mutes"),
    Row("GET", "/v1/users/me/follow-requests"),
    _request("POST"),
    _request("DELETE"),
    Row("DELETE", "/v1/users/me/followers/{username}", blocked=404),
    Row("GET", "/v1/users/{username}", nobody=200, blocked=404),
    _list_of_private("/v1/users/{username}/followers"),
    _list_of_private("/v1/users/{username}/following"),
    Row("POST", "/v1/users/{username}/follow", blocked=404, owner=409),
    Row("DELETE", "/v1/users/{username}/follow", blocked=404),
    # Who is blocked may block too: else they could not, once the first block is taken back unnoticed.
    Row("POST", "/v1/users/{username}/block", owner=409),
    Row("DELETE", "/v1/users/{username}/block"),
    Row("POST", "/v1/users/{username}/mute", blocked=404, owner=409),
    Row("DELETE", "/v1/users/{username}/mute", blocked=404),
)
