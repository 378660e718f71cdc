"""What the demo knows of the community that it makes up: drawn first, from a seed alone, then written."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from src.chats.constants import ChatKindName
from src.demo.constants import Step
from src.posts.constants import Visibility
from src.reactions import models as reactions_models

T = TypeVar("T")

# Told again and again how far a step is: how many are done, of how many.
Progress = Callable[[Step, int, int], None]


@dataclass
class Person:
    """Somebody made up. `popularity` and `activity` are weights, 1 for the first among all."""

    username: str
    display_name: str
    bio: str
    topics: tuple[str, ...]
    private: bool
    joined_at: datetime
    popularity: float
    activity: float
    # Given by the database.
    id: int = 0


@dataclass(frozen=True)
class Following:
    """One person follows another, or has asked to; both by their place in the list of people."""

    follower: int
    followee: int
    at: datetime
    accepted: bool


@dataclass
class Post:
    """Something somebody has written. People and the post that it answers are named by their places."""

    author: int
    at: datetime
    text: str
    visibility: Visibility
    content_warning: str | None = None
    parent: int | None = None
    mentioned: tuple[int, ...] = ()
    # Given by the database.
    id: int = 0


@dataclass(frozen=True)
class Reaction:
    """What one person does to one post, both by their places."""

    kind: type[reactions_models.Reaction]
    person: int
    post: int
    at: datetime


@dataclass
class Message:
    """Something said in a chat. People and the message that it answers are named by their places."""

    sender: int
    at: datetime
    text: str
    reply_to: int | None = None
    mentioned: int | None = None
    # Who put which emoji on it.
    reactions: list[tuple[int, str]] = field(default_factory=list)
    # Of one that asks: what there is to choose, and who has chosen what.
    options: Sequence[str] = ()
    votes: dict[int, int] = field(default_factory=dict)


@dataclass
class Chat:
    """Some people, by their places, the founder first, and what they have said."""

    kind: ChatKindName
    name: str
    members: list[int]
    at: datetime
    messages: list[Message] = field(default_factory=list)
    # How many of the last messages some of them have not read.
    unread: dict[int, int] = field(default_factory=dict)


@dataclass
class Community:
    """All of it. Whoever draws uses `chance` and nothing that the database has given."""

    chance: random.Random
    now: datetime
    progress: Progress
    people: list[Person] = field(default_factory=list)
    follows: list[Following] = field(default_factory=list)
    blocks: set[tuple[int, int]] = field(default_factory=set)
    mutes: set[tuple[int, int]] = field(default_factory=set)
    # In the order of their dates, so that each stands behind the one that it answers.
    posts: list[Post] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    chats: list[Chat] = field(default_factory=list)
    _readers: list[list[int]] = field(default_factory=list)

    def readers_of(self, author: int) -> Sequence[int]:
        """Who follows a person, once all follows are drawn."""
        if not self._readers:
            self._readers = [[] for _ in self.people]
            for one in self.follows:
                if one.accepted:
                    self._readers[one.followee].append(one.follower)
        return self._readers[author]

    def sees(self, viewer: int, post: Post) -> bool:
        """Whether the viewer may see the post, if no block stands between the two (then neither follows the other)."""
        if viewer == post.author or viewer in post.mentioned:
            return True
        if post.visibility is Visibility.PUBLIC and not self.people[post.author].private:
            return True
        return post.visibility is not Visibility.MENTIONED and viewer in self.readers_of(post.author)


def in_steps(community: Community, step: Step, items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in pieces, each for a transaction of its own; tells the progress."""
    for start in range(0, len(items), size):
        community.progress(step, start, len(items))
        yield items[start : start + size]
    community.progress(step, len(items), len(items))
