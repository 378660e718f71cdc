"""Who may do what with posts. The post of `{post_id}` is for the followers of its private author."""

from tests.permission_table import Row

_UNSEEN = {"nobody": 404, "stranger": 404, "requested": 404, "blocked": 404, "moderator": 404, "admin": 404}

PERMISSIONS: tuple[Row, ...] = (
    Row(
        "POST",
        "/v1/posts",
        body={"text": "hello"},
        stranger=201,
        requested=201,
        follower=201,
        blocked=201,
        owner=201,
        moderator=201,
        admin=201,
    ),
    Row("GET", "/v1/posts/{post_id}", **_UNSEEN),
    Row("PATCH", "/v1/posts/{post_id}", body={"text": "changed"}, **{**_UNSEEN, "nobody": 401}, follower=403),
    Row("DELETE", "/v1/posts/{post_id}", **{**_UNSEEN, "nobody": 401}, follower=403, owner=204),
    Row("GET", "/v1/posts/{post_id}/edits", **_UNSEEN),
)
