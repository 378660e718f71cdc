"""The words and the limits of timelines."""

from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

from src.feature import Permission as BasePermission
from src.feature import Role
from src.rate_limit import Policy

# What own streams call a post that has come into one's home.
POST_ARRIVED = "post.new"


class ErrorCode(StrEnum):
    """Stable codes of this package's errors."""

    LIST_EXPIRED = "list_expired"


class Permission(BasePermission):
    """What the endpoints of this package ask for."""

    READ = "timelines:read", Role.NOBODY
    HOME = "timelines:home", Role.MEMBER


class Window(StrEnum):
    """How far back the popular posts of the home timeline reach."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    ALL = "all"


class ThreadBounds(NamedTuple):
    """The most that is shown of a conversation; `depth` counts the levels of answers below the post."""

    ancestors: int
    descendants: int
    depth: int


WINDOWS: dict[Window, timedelta | None] = {
    Window.DAY: timedelta(days=1),
    Window.WEEK: timedelta(days=7),
    Window.MONTH: timedelta(days=30),
    Window.ALL: None,
}

# Entries that a person's home keeps; what is older is read from the posts themselves.
KEPT_ENTRIES = 800
# Up to so many followers a post reaches their homes within its own transaction (about 4 ms) …
FOLLOWERS_WITHIN = 2_000
# … above, right after it and in chunks; above this many never: such authors' posts are merged in when a home is read.
FOLLOWERS_PULLED = 50_000
FAN_OUT_CHUNK = 5_000
# Up to so many followees the deep end of a home looks at each one's newest posts, above it walks all posts.
FOLLOWEES_LATERAL = 200

# What competes for a popular list: so many of each person's newest posts, and so many in all.
POPULAR_OF_EACH = 1_000
POPULAR_CANDIDATES = 10_000
# A list costs as much as hundreds of pages of it.
POPULAR = Policy("popular", 60, 60)
# A popular list stays as it was on its first page for so long.
FROZEN_POSTS = 800
FROZEN_FOR = timedelta(minutes=10)

# Search walks so many posts, the newest first, before it takes another way or gives what it has; see `found`.
WALKED_POSTS = 20_000
WALKS = 5
# To look up so many posts by the index takes a tenth of a second or two.
LOOKED_UP_POSTS = 200_000
# A walk to a page of n hits of a word that f of all N posts hold looks at n/f posts, the index at f*N; a look on the
# walk is about twice as dear. So the walk is shorter where (f*N)^2 is more than so many times N.
WALK_FACTOR = 40

FEED_ENTRIES = 20

# How much of a conversation one answer holds: for people with an account, and for strangers.
THREAD_OF_MEMBERS = ThreadBounds(ancestors=4_096, descendants=4_096, depth=100)
THREAD_OF_STRANGERS = ThreadBounds(ancestors=40, descendants=60, depth=20)
# The texts of one answer, half of them above the post and half below; the post itself is always whole.
THREAD_BYTES = 2_000_000
MAX_HASHTAG = 100
RENDERED_CACHE_BYTES = 32 * 1024 * 1024
