"""Who may do what with polls. The poll of `{poll_id}` belongs to a post for the followers of its private author."""

from tests.permission_table import Row

PERMISSIONS: tuple[Row, ...] = (
    Row("GET", "/v1/polls/{poll_id}").hidden(404),
    Row("PUT", "/v1/polls/{poll_id}/ballot", body={"choices": [0]}).hidden(401),
    Row("DELETE", "/v1/polls/{poll_id}/ballot", follower=204, owner=204).hidden(401),
    Row("POST", "/v1/polls/{poll_id}/close", follower=403).hidden(401),
    Row("GET", "/v1/polls/{poll_id}/voters").hidden(404),
)
