"""Every kind of notification: it comes once, to whom it concerns, and goes with its cause."""

import pytest

from src.feature import Feature, Owned, Registry, RegistryError
from src.notifications import kinds
from src.posts.constants import MENTION
from tests.hearth import Hearth, Person
from tests.notifications.steps import asked, does, inbox, no_group_is_wrong
from tests.users.steps import suspend

pytestmark = pytest.mark.integration


@pytest.fixture
async def three(hearth: Hearth) -> tuple[Person, Person, Person]:
    """Ann, Ben and Cat."""
    return await hearth.account("ann"), await hearth.account("ben"), await hearth.account("cat")


async def write(person: Person, text: str, **fields: object) -> str:
    """The id of a new post."""
    id_ = (await does(person, "POST", "posts", text=text, **fields))["id"]
    assert isinstance(id_, str)
    return id_


@pytest.mark.parametrize("what", ["like", "repost"])
async def test_a_reaction_comes_and_goes(hearth: Hearth, three: tuple[Person, Person, Person], what: str) -> None:
    ann, ben, _ = three
    post = await write(ann, "Good  morning,\nall of you!")
    await does(ben, "POST", f"posts/{post}/{what}")
    # Of oneself, one knows.
    await does(ann, "POST", f"posts/{post}/{what}")
    await hearth.settle()
    [item] = (await asked(ann))["items"]
    assert (item["kind"], item["actor"]["username"], item["read"]) == (what, "ben", False)
    assert item["subject"] == {"kind": "post", "id": post, "excerpt": "Good morning, all of you!", "places": []}
    await does(ben, "DELETE", f"posts/{post}/{what}")
    await hearth.settle()
    assert await inbox(ann) == []
    await does(ben, "POST", f"posts/{post}/{what}")
    await hearth.settle()
    assert await inbox(ann) == [(what, "ben")]
    await does(ann, "DELETE", f"posts/{post}")
    assert await inbox(ann) == []
    await hearth.settle()
    assert await rows(hearth) == 0


async def rows(hearth: Hearth) -> int:
    """How many notifications there are, shown or not."""
    found = await hearth.database.fetch("SELECT count(*) AS n FROM notifications", [])
    count = found[0]["n"]
    assert isinstance(count, int)
    return count


async def test_a_post_tells_each_person_once_what_concerns_them_most(
    hearth: Hearth, three: tuple[Person, Person, Person]
) -> None:
    ann, ben, cat = three
    first = await write(ann, "first")
    second = await write(ben, "second")
    third = await write(cat, "@ann @ben @cat look", reply_to_id=first, quote_of_id=second)
    await hearth.settle()
    assert (await inbox(ann), await inbox(ben), await inbox(cat)) == ([("reply", "cat")], [("quote", "cat")], [])
    await does(cat, "DELETE", f"posts/{third}")
    assert (await inbox(ann), await inbox(ben)) == ([], [])
    await hearth.settle()
    assert await rows(hearth) == 0


async def test_mentions_follow_an_edit(hearth: Hearth, three: tuple[Person, Person, Person]) -> None:
    ann, ben, cat = three
    post = await write(cat, "@ann hello", content_warning="private matters")
    await hearth.settle()
    [item] = (await asked(ann))["items"]
    assert (item["kind"], item["subject"]["excerpt"]) == ("mention", "private matters")
    await does(cat, "PATCH", f"posts/{post}", text="@ben hello")
    await hearth.settle()
    assert (await inbox(ann), await inbox(ben)) == ([], [("mention", "cat")])
    await does(cat, "PATCH", f"posts/{post}", text="hello")
    await hearth.settle()
    assert await rows(hearth) == 0


async def test_following_comes_and_goes(hearth: Hearth, three: tuple[Person, Person, Person]) -> None:
    ann, ben, _ = three
    await does(ben, "POST", "users/ann/follow")
    await hearth.settle()
    assert await inbox(ann) == [("follow", "ben")]
    assert (await asked(ann))["items"][0]["subject"] is None
    await does(ben, "DELETE", "users/ann/follow")
    await hearth.settle()
    assert (await inbox(ann), await rows(hearth)) == ([], 0)


async def test_a_request_is_news_until_it_is_answered(hearth: Hearth, three: tuple[Person, Person, Person]) -> None:
    _, ben, cat = three
    eve = await hearth.account("eve", private=True)
    for person in (ben, cat):
        await does(person, "POST", "users/eve/follow")
    await hearth.settle()
    assert await inbox(eve) == [("follow_request", "cat"), ("follow_request", "ben")]
    await does(eve, "POST", f"users/me/follow-requests/{ben.id}")
    await does(eve, "DELETE", f"users/me/follow-requests/{cat.id}")
    await hearth.settle()
    assert (await inbox(eve), await inbox(ben), await inbox(cat)) == ([], [("follow_accepted", "eve")], [])
    await does(eve, "DELETE", "users/me/followers/ben")
    await does(cat, "POST", "users/eve/follow")
    await hearth.settle()
    assert (await inbox(eve), await inbox(ben)) == ([("follow_request", "cat")], [])
    await does(cat, "DELETE", "users/eve/follow")
    await hearth.settle()
    assert await rows(hearth) == 0


async def test_what_one_does_not_want_to_see_is_not_shown(hearth: Hearth, three: tuple[Person, Person, Person]) -> None:
    ann, ben, cat = three
    post = await write(ann, "hello")
    for person in (ben, cat):
        await does(person, "POST", f"posts/{post}/like")
    await hearth.settle()
    both = [("like", "cat"), ("like", "ben")]
    assert await inbox(ann) == both
    await does(ann, "POST", "users/ben/mute")
    assert await inbox(ann) == [("like", "cat")]
    await write(ben, "@ann hear me")
    await hearth.settle()
    await does(ann, "DELETE", "users/ben/mute")
    # What came in the meantime does not come up afterwards.
    assert await inbox(ann) == both
    await suspend(hearth, cat)
    assert await inbox(ann) == [("like", "ben")]
    await does(ben, "POST", "users/ann/block")
    assert await inbox(ann) == []
    await hearth.settle()
    assert await rows(hearth) == 1


async def test_a_reply_that_one_may_not_read_any_more_is_not_shown(
    hearth: Hearth, three: tuple[Person, Person, Person]
) -> None:
    ann, ben, _ = three
    await does(ann, "POST", "users/ben/follow")
    post = await write(ann, "hello")
    await write(ben, "for friends", reply_to_id=post, visibility="followers")
    await hearth.settle()
    assert await inbox(ann) == [("reply", "ben")]
    await does(ann, "DELETE", "users/ben/follow")
    assert await inbox(ann) == []


async def test_who_is_erased_leaves_all_inboxes(hearth: Hearth, three: tuple[Person, Person, Person]) -> None:
    ann, ben, cat = three
    post = await write(ann, "hello")
    await does(ben, "POST", f"posts/{post}/like")
    await does(ann, "POST", "users/ben/follow")
    await does(cat, "POST", "users/ann/follow")
    await hearth.settle()
    owned = [part for _, part in hearth.runtime.registry.by_feature(Owned)]
    async with hearth.database.write() as session:
        for part in reversed(owned):
            await part.erase(session, ben.id)
    assert await inbox(ann) == [("follow", "cat")]
    assert await rows(hearth) == 1
    # What is handled late finds nobody.
    await hearth.settle()
    await no_group_is_wrong(hearth)


async def test_an_event_that_comes_late_or_twice_changes_nothing(
    hearth: Hearth, three: tuple[Person, Person, Person]
) -> None:
    ann, ben, _ = three
    post = await write(ann, "hello @ben")
    await does(ben, "POST", f"posts/{post}/like")
    await does(ben, "POST", "users/ann/follow")
    await hearth.settle()
    await replay(hearth)
    assert sorted(await inbox(ann)) == [("follow", "ben"), ("like", "ben")]
    assert await inbox(ben) == [("mention", "ann")]
    await does(ben, "DELETE", f"posts/{post}/like")
    await does(ben, "DELETE", "users/ann/follow")
    await does(ann, "DELETE", f"posts/{post}")
    await hearth.settle()
    await replay(hearth)
    assert await rows(hearth) == 0


async def replay(hearth: Hearth) -> None:
    """All events happen again for all packages."""
    async with hearth.database.write() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("UPDATE subscriptions SET xid = '0', gid = 0")
    await hearth.settle()


@pytest.mark.unit
def test_a_kind_is_about_something_that_somebody_registers() -> None:
    consumed = (kinds.Kind, kinds.Subject)
    with pytest.raises(RegistryError, match="about post, which nobody registers"):
        kinds.Catalogue(Registry([Feature("tests", (MENTION,))], consumed=consumed))
    with pytest.raises(RegistryError, match="no name"):
        kinds.Catalogue(Registry([Feature("tests", (kinds.Kind("Not:this"),))], consumed=consumed))
    with pytest.raises(RegistryError, match="twice"):
        kinds.Catalogue(Registry([Feature("tests", (kinds.Kind("one"), kinds.Kind("one")))], consumed=consumed))
