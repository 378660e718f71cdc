"""Messages are found by their words, by whom, where and when, by those alone who sit in the chat."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest

from src import clock
from src.chats import checks
from tests.chats.rooms import Room, good, remove, room
from tests.counting import counting
from tests.hearth import Hearth, Person, problem
from tests.search.steps import search

pytestmark = pytest.mark.integration

WRITE = "chats.write_documents"


async def found(person: Person, query: str) -> list[str]:
    """The texts of the messages that are found."""
    return [item["text"] for item in (await search(person.client, query, "messages", limit=80))["items"]]


async def test_words_are_found_in_ones_own_chats_alone(hearth: Hearth) -> None:
    ann, ben, cat = [await hearth.account(name) for name in ("ann", "ben", "cat")]
    kitchen, garden = await room(hearth, ann, ben), await room(hearth, ann, cat)
    await kitchen.say(ann, "The kittens were running")
    await kitchen.say(ben, "Наши кошки бегают")
    await garden.say(cat, "kittens and dogs")
    assert await found(ann, "kittens") == []
    await hearth.run_job(WRITE)
    for query, expected in {
        "kitten": ["kittens and dogs", "The kittens were running"],
        "кошка": ["Наши кошки бегают"],
        '"were running"': ["The kittens were running"],
        "kittens -dogs": ["The kittens were running"],
        "kitten from:cat": ["kittens and dogs"],
        "in:me": ["The kittens were running"],
        "from:nobody": [],
        f"kitten in:chat:{garden.id}": ["kittens and dogs"],
        f"in:chat:{kitchen.id} in:chat:{garden.id}": [
            "kittens and dogs",
            "Наши кошки бегают",
            "The kittens were running",
        ],
        "in:chat:1": [],
        "!!!": [],
        "": [],
    }.items():
        assert await found(ann, query) == expected, query
    assert await found(ben, "kitten") == ["The kittens were running"]
    assert await found(ben, f"kitten in:chat:{garden.id}") == []
    places = "me, home, bookmarks, likes"
    for kind, operator, named, takes in (
        ("posts", f"in:chat:{garden.id}", f"in:chat:{garden.id}", f"in: takes one of {places}, and no minus."),
        ("posts", "has:poll", "has:poll", "has: takes one of link, media, image, video, audio, and"),
        ("posts", "in:house", "in:…", f"in: takes one of {places}, and"),
        ("posts", "-from:ben", "from:…", "from: takes me or a name such as @ada, and"),
        ("messages", "in:home", "in:home", "in: takes one of me, chat:17 (by its id), and"),
        ("messages", 'in:"The house"', "in:…", "in: takes one of me, chat:17 (by its id), and"),
        ("messages", "has:wings", "has:wings", "has: takes one of link, poll, media, image, video, audio, and"),
        ("messages", "from:@ben!", "from:…", "from: takes me or a name"),
        ("messages", "before:lunch", "before:…", "before: takes a year, month or day"),
    ):
        answer = await ann.client.get("/v1/search", params={"type": kind, "q": f"kitten {operator} from:me"})
        assert problem(answer) == "invalid_input"
        [error] = answer.json()["errors"]
        assert error["code"] == "unknown_operator"
        assert error["message"].startswith(f"{named} means nothing among {kind}; {takes}")
    # Each is named.
    answer = await ann.client.get("/v1/search", params={"type": "messages", "q": "has:wings in:home has:horns"})
    told = [error["message"].partition(" means")[0] for error in answer.json()["errors"]]
    assert told == ["has:wings", "has:horns", "in:home"]
    assert await found(ann, 'kitten "has:wings"') == []
    await remove(hearth, kitchen, ben)
    assert await found(ben, "kitten") == []
    async with hearth.database.read() as session:
        assert await checks.words(session) == []


async def test_an_edit_is_found_soon_and_what_was_deleted_never(hearth: Hearth) -> None:
    ann, ben = await hearth.account(), await hearth.account()
    chat = await room(hearth, ann, ben)
    edited, hidden, deleted = [await chat.say(ann, f"apple {number}") for number in range(3)]
    await hearth.run_job(WRITE)
    good(await ann.client.patch(chat.message(edited), json={"text": "pear"}))
    good(await ben.client.post(f"{chat.message(hidden)}/hide"))
    good(await ann.client.delete(chat.message(deleted)))
    assert (await found(ann, "apple"), await found(ben, "apple")) == (["apple 1"], [])
    await hearth.run_job(WRITE)
    assert await found(ben, "pear") == ["pear"]
    assert await found(ben, f"in:chat:{chat.id}") == ["pear"]
    await hearth.database.fetch("UPDATE messages SET document = '' WHERE id = $1", [edited])
    async with hearth.database.read() as session:
        assert await checks.words(session) == [f"message {edited}: is not found by its words"]


async def test_messages_are_found_by_what_hangs_on_them_and_by_their_day(hearth: Hearth) -> None:
    ann = await hearth.account()
    chat = await room(hearth, ann)
    await chat.say(ann, "see https://example.org/page")
    body = {"text": "which?", "poll": {"options": ["a", "b"]}}
    good(await ann.client.post(f"{chat.path}/messages", json=body))
    now = clock.now()
    for query, expected in {
        "has:link": ["see https://example.org/page"],
        "has:poll": ["which?"],
        "has:media": [],
        "has:image has:poll": [],
        f"after:{now - timedelta(days=2):%Y-%m-%d}": ["which?", "see https://example.org/page"],
        "before:2001": [],
    }.items():
        assert await found(ann, query) == expected, query
    page: Any = await search(ann.client, "has:poll", "messages")
    assert [poll["id"] for poll in page["polls"]] == [page["items"][0]["poll_id"]]
    assert [person["username"] for person in page["people"]] == [ann.username]


async def test_pages_go_on_and_cost_the_same(hearth: Hearth) -> None:
    ann, ben = await hearth.account(), await hearth.account()
    chats: list[Room] = [await room(hearth, ann, ben) for _ in range(3)]
    for number in range(6):
        await chats[number % 3].say(ben, f"tea {number}")
    await hearth.run_job(WRITE)
    seen, path = [], "/v1/search?type=messages&q=tea&limit=4"
    page = good(await ann.client.get(path))
    while page["items"]:
        seen += [item["text"] for item in page["items"]]
        if page["next"] is None:
            break
        page = good(await ann.client.get(f"{path}&cursor={page['next']}"))
    assert seen == [f"tea {number}" for number in reversed(range(6))]
    async with counting(hearth.database) as count:
        few, many = len(await count(ann, f"{path[:-1]}1")), len(await count(ann, path))
    # The locale, the words, what fits, the messages, the people.
    assert few == many == 5


async def test_strangers_and_keys_without_chats_find_nothing(hearth: Hearth) -> None:
    ann = await hearth.account()
    path = "/v1/search?type=messages&q=tea"
    assert (await hearth.client.get(path)).status_code == HTTPStatus.UNAUTHORIZED
    assert problem(await (await hearth.keyed(ann, "search:read")).get(path)) == "not_permitted"
    both = await hearth.keyed(ann, "search:read", "chats:read")
    assert (await both.get(path)).status_code == HTTPStatus.OK
