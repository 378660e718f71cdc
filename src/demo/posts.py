"""What people of the demo write: posts of half a year, and the conversations that come of them."""

import heapq
from datetime import datetime, timedelta

from src.database import Database
from src.demo import words
from src.demo.community import Community, Person, Post, in_steps
from src.demo.constants import Step
from src.posts import service_imports as posts_imports
from src.posts.constants import Visibility

_AT_ONCE = 500
_POSTS_EACH = 14
_HASHTAG_SHARE = 0.6
_MENTION_SHARE = 0.08
_WARNING_SHARE = 0.04
_FOLLOWERS_SHARE = 0.12
_MENTIONED_SHARE = 0.03
# How many of those who see a post answer it (not more than so many on average), and of those answered answer back.
_REPLY_SHARE = 0.015
_MOST_REPLIES = 1.5
_BACK_SHARE = 0.4
_LONGEST_THREAD = 6
_MINUTES_TO_REPLY = 90
_WAKING_HOURS = 4


def draw(community: Community) -> None:
    """Goes through half a year: somebody writes, some of those who see it answer, and so on."""
    waiting: list[tuple[datetime, int, int, Post]] = []
    for post in _beginnings(community):
        heapq.heappush(waiting, (post.at, len(waiting), 1, post))
    number = len(waiting)
    while waiting:
        _, _, depth, post = heapq.heappop(waiting)
        community.posts.append(post)
        for reply in _replies(community, len(community.posts) - 1) if depth < _LONGEST_THREAD else ():
            number += 1
            heapq.heappush(waiting, (reply.at, number, depth + 1, reply))


def _beginnings(community: Community) -> list[Post]:
    """What people write of their own accord; who is more active writes more."""
    total, share = _POSTS_EACH * len(community.people), sum(person.activity for person in community.people)
    return [
        _write(community, author)
        for author, person in enumerate(community.people)
        for _ in range(max(1, round(total * person.activity / share)))
    ]


def _write(community: Community, author: int) -> Post:
    chance, person = community.chance, community.people[author]
    text = _text(community, person)
    at = _moment(community, person)
    warning = chance.choice(words.WARNINGS) if chance.random() < _WARNING_SHARE else None
    draw = chance.random()
    friends = community.readers_of(author)
    if draw < _MENTIONED_SHARE and friends:
        friend = chance.choice(friends)
        text = chance.choice(words.PRIVATELY).format(f"@{community.people[friend].username}")
        return Post(author, at, text, Visibility.MENTIONED, mentioned=(friend,))
    visibility = Visibility.FOLLOWERS if draw < _FOLLOWERS_SHARE else Visibility.PUBLIC
    if chance.random() < _MENTION_SHARE and friends:
        friend = chance.choice(friends)
        named = chance.choice(words.GREETINGS).format(f"@{community.people[friend].username}")
        return Post(author, at, f"{text}\n\n{named}", visibility, warning, mentioned=(friend,))
    return Post(author, at, text, visibility, warning)


def _text(community: Community, person: Person) -> str:
    chance = community.chance
    topic = chance.choice(person.topics)
    sentences, fillings = words.TOPICS[topic]
    lines = [chance.choice(sentences).format(chance.choice(fillings))]
    if chance.random() < _HASHTAG_SHARE:
        lines.append(f"#{topic}")
    return " ".join(lines)


def _moment(community: Community, person: Person) -> datetime:
    """Some day since the person joined, and mostly about this time of the day."""
    chance = community.chance
    days = (community.now - person.joined_at).days
    hours = min(abs(chance.gauss(0, _WAKING_HOURS)), 23)
    return community.now - timedelta(days=chance.randrange(max(1, days)), hours=hours, milliseconds=1)


def _replies(community: Community, place: int) -> list[Post]:
    chance, post = community.chance, community.posts[place]
    audience = [reader for reader in community.readers_of(post.author) if community.sees(reader, post)]
    share = min(_REPLY_SHARE, _MOST_REPLIES / max(1, len(audience)))
    writers = [reader for reader in audience if chance.random() < share]
    if post.parent is not None:
        answered = community.posts[post.parent].author
        if answered != post.author and community.sees(answered, post) and chance.random() < _BACK_SHARE:
            writers.append(answered)
    found = []
    for author in dict.fromkeys(writers):
        at = post.at + timedelta(minutes=chance.expovariate(1 / _MINUTES_TO_REPLY), milliseconds=1)
        if community.people[author].joined_at < at < community.now:
            found.append(_reply(community, place, author, at))
    return found


def _reply(community: Community, place: int, author: int, at: datetime) -> Post:
    post = community.posts[place]
    text = community.chance.choice(words.REPLIES)
    if post.visibility is Visibility.MENTIONED:
        text = f"@{community.people[post.author].username} {text}"
        return Post(author, at, text, Visibility.MENTIONED, parent=place, mentioned=(post.author,))
    return Post(author, at, text, post.visibility, parent=place)


async def write(database: Database, community: Community) -> None:
    """Writes the posts under their dates, oldest first."""
    for some in in_steps(community, Step.POSTS, community.posts, _AT_ONCE):
        async with database.write() as session:
            ids = await posts_imports.mint(session, [post.at for post in some])
            for post, id_ in zip(some, ids, strict=True):
                post.id = id_
            await posts_imports.add_old(session, [_old(community, post) for post in some])


def _old(community: Community, post: Post) -> posts_imports.OldPost:
    parent = None if post.parent is None else community.posts[post.parent]
    return posts_imports.OldPost(
        id=post.id,
        author_id=community.people[post.author].id,
        text=post.text,
        visibility=post.visibility,
        content_warning=post.content_warning,
        language="en",
        reply_to_id=None if parent is None else parent.id,
        reply_to_author_id=None if parent is None else community.people[parent.author].id,
        mentioned_ids=[community.people[place].id for place in post.mentioned],
    )
