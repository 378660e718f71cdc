"""Who may do what to posts as their reader. The post of `{post_id}` is for the followers of its private author."""

from tests.permission_table import Row

_POST = "/v1/posts/{post_id}"

PERMISSIONS: tuple[Row, ...] = (
    Row("GET", f"{_POST}/reactions").hidden(404),
    Row("POST", f"{_POST}/like").hidden(401),
    Row("DELETE", f"{_POST}/like").hidden(401),
    # Only public posts are carried on, also by their own author.
    Row("POST", f"{_POST}/repost", follower=403, owner=403).hidden(401),
    Row("DELETE", f"{_POST}/repost").hidden(401),
    Row("POST", f"{_POST}/bookmark").hidden(401),
    Row("DELETE", f"{_POST}/bookmark").hidden(401),
    Row("POST", f"{_POST}/pin", follower=403).hidden(401),
    Row("DELETE", f"{_POST}/pin").hidden(401),
    Row("GET", f"{_POST}/likes").hidden(404),
    Row("GET", f"{_POST}/reposts").hidden(404),
)
