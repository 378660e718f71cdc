"""Who may read which timeline. What stands in one differs from reader to reader; that is the oracle's business."""

from tests.permission_table import Row

PERMISSIONS: tuple[Row, ...] = (
    Row("GET", "/v1/posts/{post_id}/thread").hidden(404),
    Row("GET", "/v1/timelines/home"),
    Row("GET", "/v1/timelines/home/popular", query="window=all"),
    Row("GET", "/v1/timelines/public", nobody=200),
    Row("GET", "/v1/timelines/hashtags/{hashtag}", nobody=200),
    Row("GET", "/v1/timelines/groups/{group_id}", follower=404).hidden(401),
    Row("GET", "/v1/timelines/likes"),
    Row("GET", "/v1/timelines/bookmarks"),
    *(
        # The owner in the path is private, and a feed is for everybody or nobody.
        Row("GET", f"/v1/users/{{username}}/feed.{form}", follower=404, owner=404).hidden(404)
        for form in ("rss", "atom", "json")
    ),
    Row("GET", "/v1/timelines/users/{username}", nobody=200, blocked=404),
    Row("GET", "/v1/timelines/users/{username}/pins", nobody=200, blocked=404),
)
