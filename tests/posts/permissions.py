"""Who may do what with posts. The post of `{post_id}` is for the followers of its private author."""

from dataclasses import replace

from tests.permission_table import Row

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
    Row("GET", "/v1/posts/{post_id}").hidden(404),
    Row("PATCH", "/v1/posts/{post_id}", body={"text": "changed"}, follower=403).hidden(401),
    # Who moderates removes also what they may not read: as moderators they get 204 here and 404 everywhere else.
    replace(Row("DELETE", "/v1/posts/{post_id}", follower=403, owner=204).hidden(401), moderator=204, admin=204),
    Row("GET", "/v1/posts/{post_id}/edits").hidden(404),
)
