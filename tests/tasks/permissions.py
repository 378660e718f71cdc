"""Who may do what with tasks. The task of `{task_id}` waits in the queue for its owner."""

from tests.permission_table import Row

PERMISSIONS: tuple[Row, ...] = (
    Row("GET", "/v1/tasks"),
    Row("GET", "/v1/tasks/{task_id}", follower=404).hidden(401),
    Row("POST", "/v1/tasks/{task_id}/cancel", follower=404, owner=202).hidden(401),
)
