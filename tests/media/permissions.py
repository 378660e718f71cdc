"""Who may do what with media. The item of `{media_id}` hangs on nothing, so it is its owner's alone."""

from tests.permission_table import Row


def _alike(method: str, path: str, status: int, body: dict[str, object]) -> Row:
    """A route that answers to all who are signed in alike."""
    return Row(
        method,
        path,
        body=body,
        stranger=status,
        requested=status,
        follower=status,
        blocked=status,
        owner=status,
        moderator=status,
        admin=status,
    )


PERMISSIONS: tuple[Row, ...] = (
    # Where files are kept by the server itself, there are no forms.
    _alike("POST", "/v1/direct-uploads", 409, {"bytes": 1}),
    _alike("POST", "/v1/direct-uploads/{upload_id}/finish", 404, {}),
    Row(
        "POST",
        "/v1/media",
        file=b"GIF89a",
        stranger=202,
        requested=202,
        follower=202,
        blocked=202,
        owner=202,
        moderator=202,
        admin=202,
    ),
    Row("GET", "/v1/media"),
    Row("GET", "/v1/media/{media_id}", follower=404).hidden(404),
    Row("PATCH", "/v1/media/{media_id}", body={"alt_text": "A cat."}, follower=404).hidden(401),
    Row("DELETE", "/v1/media/{media_id}", follower=404, owner=204).hidden(401),
    Row("GET", "/v1/media/{media_id}/{variant}", follower=404).hidden(404),
    Row("HEAD", "/v1/media/{media_id}/{variant}", follower=404).hidden(404),
)
