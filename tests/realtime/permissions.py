"""Who gets what from the routes of realtime."""

from tests.permission_table import Row

PERMISSIONS = (
    Row("GET", "/v1/streams"),
    Row("GET", "/v1/streams/{stream}/events", follower=404).hidden(nobody=401),
    Row("GET", "/v1/presence"),
    Row("PUT", "/v1/presence", body={"shared": True}),
)
