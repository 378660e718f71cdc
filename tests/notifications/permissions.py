"""Who may do what with notifications. That of `{notification_id}` lies in its owner's inbox; all else is one's own."""

from tests.permission_table import Row

PERMISSIONS: tuple[Row, ...] = (
    Row("GET", "/v1/notifications"),
    Row("GET", "/v1/notifications/groups"),
    Row("GET", "/v1/notifications/unread"),
    Row("POST", "/v1/notifications/read", body={}),
    Row(
        "DELETE",
        "/v1/notifications",
        stranger=204,
        requested=204,
        follower=204,
        blocked=204,
        owner=204,
        moderator=204,
        admin=204,
    ),
    Row("POST", "/v1/notifications/{notification_id}/read", follower=404).hidden(401),
    Row("POST", "/v1/notifications/{notification_id}/dismiss", follower=404, owner=204).hidden(401),
    Row("GET", "/v1/notifications/preferences"),
    Row("PATCH", "/v1/notifications/preferences", body={"quiet_hours": {"start": "22:00", "end": "07:00"}}),
)
