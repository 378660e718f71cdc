"""What people want to hear of, where and when; letters and digests on their way."""

import asyncio
import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import true, update

from src import clock, config
from src.auth import models as auth_models
from src.database import ReadSession
from src.feature import Feature, Part, Registry
from src.features import FEATURES
from src.mail import rendering
from src.mail.constants import LOCALES
from src.notifications import checks, kinds, models, service, service_deliveries
from src.notifications.constants import MAX_ATTEMPTS, Channel
from src.runtime import CONSUMED
from src.users import models as users_models
from tests.hearth import Hearth, Person, problem
from tests.notifications.steps import INBOX, asked, does, inbox
from tests.notifications.test_kinds import write

pytestmark = pytest.mark.integration
_PREFERENCES = "notifications/preferences"
_ZONE = ZoneInfo("Asia/Kathmandu")
_RING = kinds.Kind("ring", urgent=True)
_IMMEDIATELY = {"frequency": "immediately", "hour": 8, "weekday": 0}


@pytest.fixture(autouse=True)
def mail_leaves() -> Iterator[None]:
    """A server that has a way to send letters."""
    with config.override(config.Settings, environment=config.Environment.DEVELOPMENT):
        yield


@pytest.fixture
async def ann(hearth: Hearth) -> Person:
    """Somebody with an address, far from UTC."""
    return await reachable(hearth, "ann")


async def reachable(hearth: Hearth, name: str) -> Person:
    """Somebody whom letters reach."""
    person = await hearth.account(name)
    async with hearth.database.write() as session:
        account = update(auth_models.Account).where(auth_models.Account.id == person.id)
        confirmed = (
            {"email_confirmed_at": clock.now()} if "email_confirmed_at" in auth_models.Account.__table__.c else {}
        )
        await session.execute(account.values(email=f"{name}@example.org", **confirmed))
        profile = update(users_models.Profile).where(users_models.Profile.account_id == person.id)
        await session.execute(profile.values(time_zone="Asia/Kathmandu"))
    return person


async def letters(hearth: Hearth) -> list[tuple[str, list[str]]]:
    """To whom letters have been queued, and of what kinds they tell."""
    rows = await hearth.database.fetch('SELECT recipient, "values"::text AS said FROM letters ORDER BY id', [])
    said = [(row["recipient"], json.loads(row["said"])["entries"]) for row in rows]
    return [(recipient.partition("@")[0], [entry["kind"] for entry in entries]) for recipient, entries in said]


async def send(hearth: Hearth, *, at: datetime | None = None) -> None:
    """Runs the jobs that queue and write letters, by default when all that may be spared has been."""
    at = at or clock.now() + timedelta(minutes=2)
    await hearth.run_job("notifications.plan_digests", at=at)
    await hearth.run_job("notifications.send_mail", at=at)


async def states(hearth: Hearth) -> list[str]:
    """How all deliveries stand."""
    return [row["state"] for row in await hearth.database.fetch("SELECT state FROM deliveries ORDER BY id", [])]


async def test_preferences_are_kept_field_by_field(hearth: Hearth, ann: Person) -> None:
    before = await asked(ann, "/preferences")
    kinds = {one["kind"]: (one["inbox"], one["mail"]) for one in before["kinds"]}
    assert kinds == dict.fromkeys(hearth.runtime.notifications.kinds, (True, True))
    assert before["mail"] == {"frequency": "off", "hour": 8, "weekday": "monday", "reachable": True}
    assert (before["quiet_hours"], before["time_zone"]) == (None, "Asia/Kathmandu")
    assert await does(ann, "PATCH", _PREFERENCES, kinds=[]) == before
    quiet = {"start": "22:00", "end": "07:30"}
    after = await does(
        ann,
        "PATCH",
        _PREFERENCES,
        kinds=[{"kind": "like", "mail": False}, {"kind": "like", "inbox": False}, {"kind": "follow", "mail": False}],
        mail={"frequency": "weekly", "weekday": "sunday"},
        quiet_hours=quiet,
    )
    assert after == await does(ann, "PATCH", _PREFERENCES, mail={"hour": 8}) == await asked(ann, "/preferences")
    found = {one["kind"]: (one["inbox"], one["mail"]) for one in after["kinds"]}
    assert found == kinds | {"like": (False, False), "follow": (True, False)}
    assert (after["mail"]["weekday"], after["mail"]["hour"], after["quiet_hours"]) == ("sunday", 8, quiet)
    lifted = [{"kind": "like", "mail": True, "inbox": True}, {"kind": "follow", "mail": True}]
    again = await does(ann, "PATCH", _PREFERENCES, kinds=lifted, quiet_hours=None, mail={"frequency": "off"})
    assert (again["kinds"], again["quiet_hours"]) == (before["kinds"], None)


async def test_preferences_that_make_no_sense_are_refused(ann: Person) -> None:
    for body, code in (
        ({"kinds": [{"kind": "like"}, {"kind": "cheer", "mail": False}]}, "notification_kind_unknown"),
        ({"quiet_hours": {"start": "22:00", "end": "22:00"}}, "invalid_input"),
        ({"quiet_hours": {"start": "24:00", "end": "07:00"}}, "invalid_input"),
        ({"mail": {"frequency": "hourly"}}, "invalid_input"),
        ({"mail": {"hour": 24}}, "invalid_input"),
    ):
        assert problem(await ann.client.patch(f"{INBOX}/preferences", json=body)) == code


async def test_a_kind_that_is_not_wanted_does_not_come(hearth: Hearth, ann: Person) -> None:
    ben = await hearth.account("ben")
    post = await write(ann, "hello")
    await does(ann, "PATCH", _PREFERENCES, kinds=[{"kind": "like", "inbox": False}])
    await does(ben, "POST", f"posts/{post}/like")
    await does(ben, "POST", "users/ann/follow")
    await hearth.settle()
    assert await inbox(ann) == [("follow", "ben")]


async def test_a_letter_tells_at_once_of_what_is_urgent_and_unread(hearth: Hearth, ann: Person) -> None:
    ben = await hearth.account("ben")
    await does(ann, "PATCH", _PREFERENCES, mail={"frequency": "immediately"})
    post = await write(ann, "hello")
    await does(ben, "POST", f"posts/{post}/like")
    await write(ben, "@ann one")
    gone = await write(ben, "@ann two")
    await write(ben, "three", reply_to_id=post)
    await hearth.settle()
    await hearth.run_job("notifications.send_mail")
    # It waits a little: for more, and for being spared.
    assert (await letters(hearth), len(await states(hearth))) == ([], 3)
    await does(ben, "DELETE", f"posts/{gone}")
    await hearth.settle()
    await send(hearth)
    assert await letters(hearth) == [("ann", ["reply", "mention"])]
    assert await states(hearth) == ["sent", "withdrawn", "sent"]
    # The next one has to wait for a while, and is not written if all has been read by then.
    await write(ben, "@ann four")
    await hearth.settle()
    await send(hearth, at=clock.now() + timedelta(minutes=5))
    assert (await states(hearth))[-1] == "queued"
    await does(ann, "POST", "notifications/read", up_to=None)
    await send(hearth, at=clock.now() + timedelta(minutes=15))
    assert (len(await letters(hearth)), (await states(hearth))[-1]) == (1, "withdrawn")


@pytest.mark.parametrize("spared", ["off", "kind", "muted", "address", "server"])
async def test_a_letter_is_not_written_if_it_is_not_wanted_any_more(hearth: Hearth, ann: Person, spared: str) -> None:
    ben = await hearth.account("ben")
    await does(ann, "PATCH", _PREFERENCES, mail={"frequency": "immediately"})
    await write(ben, "@ann hello")
    await hearth.settle()
    stack = ExitStack()
    match spared:
        case "off":
            await does(ann, "PATCH", _PREFERENCES, mail={"frequency": "off"})
        case "kind":
            await does(ann, "PATCH", _PREFERENCES, kinds=[{"kind": "mention", "mail": False}])
        case "muted":
            await does(ann, "POST", "users/ben/mute")
        case "server":
            stack.enter_context(config.override(config.Settings, environment=config.Environment.PRODUCTION))
            assert (await asked(ann, "/preferences"))["mail"]["reachable"] is False
        case _:
            async with hearth.database.write() as session:
                await session.execute(update(auth_models.Account).values(email=None))
    with stack:
        await send(hearth)
    assert (await letters(hearth), await states(hearth)) == ([], ["withdrawn"])


async def test_nothing_leaves_in_quiet_hours(hearth: Hearth, ann: Person) -> None:
    ben = await hearth.account("ben")
    now = clock.now()
    shown = now.astimezone(_ZONE)
    start, end = (shown - timedelta(hours=1)).time(), (shown + timedelta(hours=3)).time()
    hours = {"start": start.isoformat("minutes"), "end": end.isoformat("minutes")}
    await does(ann, "PATCH", _PREFERENCES, mail={"frequency": "immediately"}, quiet_hours=hours)
    await write(ben, "@ann hello")
    await hearth.settle()
    for minutes in (2, 170):
        await send(hearth, at=now + timedelta(minutes=minutes))
        assert await letters(hearth) == []
    await send(hearth, at=now + timedelta(minutes=181))
    assert await letters(hearth) == [("ann", ["mention"])]


async def test_a_digest_comes_at_its_hour_and_tells_each_thing_once(hearth: Hearth, ann: Person) -> None:
    ben, cat = await hearth.account("ben"), await hearth.account("cat")
    post = await write(ann, "hello")
    await does(ben, "POST", "users/ann/follow")
    with clock.shifted(-timedelta(minutes=10)):
        await hearth.settle()
    # What was there before is no news for a digest.
    await does(ann, "PATCH", _PREFERENCES, mail={"frequency": "daily"})
    for person in (ben, cat):
        await does(person, "POST", f"posts/{post}/like")
    await hearth.settle()
    due = await next_digest(hearth)
    assert due.astimezone(_ZONE).time() == time(8)
    await send(hearth, at=due - timedelta(minutes=1))
    assert await letters(hearth) == []
    # However late, and however often: once.
    for _ in range(2):
        await send(hearth, at=due + timedelta(days=2))
    assert await letters(hearth) == [("ann", ["like"])]
    assert await next_digest(hearth) > due + timedelta(days=2)
    await send(hearth, at=due + timedelta(days=5))
    assert await states(hearth) == ["sent", "withdrawn"]
    assert len(await letters(hearth)) == 1


async def next_digest(hearth: Hearth) -> datetime:
    """When the only digest that anybody wants is due."""
    [row] = await hearth.database.fetch("SELECT next_at FROM notification_subscriptions", [])
    due: datetime = row["next_at"]
    return due


async def test_a_digest_tells_no_more_than_a_letter_holds(hearth: Hearth, ann: Person) -> None:
    await does(ann, "PATCH", _PREFERENCES, mail={"frequency": "weekly", "weekday": "sunday", "hour": 23})
    ben = await hearth.account("ben")
    await told(hearth, *(service.Notice(ann.id, _RING, f"ring:{number}", ben.id) for number in range(25)))
    kinds.attach(hearth.database, catalogue(_RING))
    due = await next_digest(hearth)
    assert (due.astimezone(_ZONE).weekday(), due.astimezone(_ZONE).hour) == (6, 23)
    # In the last minute before it is due, what has just happened would be left to the next one.
    await send(hearth, at=max(due, clock.now() + timedelta(minutes=2)))
    [row] = await hearth.database.fetch('SELECT "values"::text AS said FROM letters', [])
    said = json.loads(row["said"])
    assert (len(said["entries"]), said["more"], said["digest"]) == (20, True, True)


async def told(hearth: Hearth, *notices: service.Notice) -> None:
    """Puts something into inboxes."""
    async with hearth.database.write() as session:
        service.notify(session, notices)


def catalogue(*parts: Part) -> kinds.Catalogue:
    """The catalogue of a house that knows these kinds alone."""
    return kinds.Catalogue(Registry([Feature("tests", parts)], consumed=(kinds.Kind, kinds.Subject)))


async def broken(_session: ReadSession, _ids: Collection[int]) -> Mapping[int, str]:
    """Words for things that cannot be found."""
    raise RuntimeError


async def test_one_persons_trouble_is_not_the_next_ones_and_ends(hearth: Hearth, ann: Person) -> None:
    ben = await reachable(hearth, "ben")
    for person in (ann, ben):
        await does(person, "PATCH", _PREFERENCES, mail={"frequency": "immediately"})
    knock = kinds.Kind("knock", subject="door", urgent=True)
    door = kinds.Subject("door", visible_to=lambda _viewer, _door: true(), excerpts=broken)
    kinds.attach(hearth.database, catalogue(_RING, knock, door))
    await told(
        hearth,
        service.Notice(ann.id, knock, "knock", ben.id, 1),
        service.Notice(ben.id, _RING, "ring"),
    )
    at = clock.now()
    for _ in range(MAX_ATTEMPTS):
        assert "given_up" not in await states(hearth)
        at += timedelta(hours=12)
        await send(hearth, at=at)
    assert (await letters(hearth), sorted(await states(hearth))) == ([("ben", ["ring"])], ["given_up", "sent"])


async def test_a_delivery_is_in_one_pair_of_hands(hearth: Hearth, ann: Person) -> None:
    """As the bot will do it: claim, speak with the outside, say how it went."""
    async with hearth.database.write() as session:
        session.add(models.Subscription(**_IMMEDIATELY, account_id=ann.id, channel="bell"))
    await told(hearth, *(service.Notice(ann.id, _RING, f"ring:{number}") for number in range(6)))
    soon = timedelta(minutes=2)

    async def claim(count: int = 3) -> list[service_deliveries.Claimed]:
        async with hearth.database.write() as session:
            return await service_deliveries.claim(session, "bell", count=count)

    with clock.shifted(soon):
        first, second = await asyncio.gather(claim(), claim())
        assert (len(first), len(second), await claim()) == (3, 3, [])
        assert not {one.id for one in first} & {one.id for one in second}
        async with hearth.database.write() as session:
            await service_deliveries.complete(session, first[:1], outside_id="4711")
            await service_deliveries.postpone(session, first[1:2], until=clock.now() + timedelta(days=1))
            await service_deliveries.fail(session, first[2:])
    with clock.shifted(2 * soon + timedelta(seconds=1)):
        # The lease of the second sender is over, and so is the wait of what failed; nobody else's is.
        again = await claim(10)
        assert sorted(one.key for one in again) == sorted(one.key for one in [*first[2:], *second])
        async with hearth.database.write() as session:
            assert await service_deliveries.hold(session, second) == []
            # Who has lost them changes nothing.
            await service_deliveries.complete(session, second)
            await service_deliveries.fail(session, second)
            assert await service_deliveries.hold(session, again) == again
    found = await hearth.database.fetch("SELECT state, outside_id, attempts FROM deliveries ORDER BY key", [])
    by_state = sorted((row["state"], row["attempts"]) for row in found)
    assert by_state == [("queued", 0), ("queued", 2), ("queued", 2), ("queued", 2), ("queued", 2), ("sent", 1)]
    assert [row["outside_id"] for row in found if row["state"] == "sent"] == ["4711"]


async def test_what_senders_die_of_is_given_up_and_the_doctor_sees_what_nobody_sends(
    hearth: Hearth, ann: Person
) -> None:
    await does(ann, "PATCH", _PREFERENCES, mail={"frequency": "immediately"})
    await told(hearth, service.Notice(ann.id, _RING, "ring"))
    with clock.shifted(timedelta(hours=2)):
        async with hearth.database.read() as session:
            assert await checks.deliveries(session) == ["1 deliveries should have been sent an hour ago or earlier"]
    for attempt in range(MAX_ATTEMPTS):
        with clock.shifted(timedelta(hours=1 + attempt)):
            async with hearth.database.write() as session:
                assert len(await service_deliveries.claim(session, Channel.MAIL)) == 1
    await send(hearth, at=clock.now() + timedelta(days=1))
    assert (await states(hearth), await letters(hearth)) == (["given_up"], [])
    await hearth.run_job("notifications.tidy", at=clock.now() + timedelta(days=32))
    assert await states(hearth) == []


@pytest.mark.unit
def test_letters_have_words_for_every_kind_and_escape_what_people_chose() -> None:
    registry = Registry(FEATURES, consumed=CONSUMED)
    entries: list[dict[str, object]] = [
        {"kind": kind.name, "people": people, "others": others, "excerpt": "<i>"}
        for kind in registry.all(kinds.Kind)
        for people, others in ((["<b>Ann"], 0), (["<b>Ann", "Ben"], 0), (["<b>Ann"] * 8, 12))
    ]
    values = {"name": "<b>Eve", "digest": False, "entries": entries, "more": True, "link": "https://hearth.example"}
    for locale in LOCALES:
        made = rendering.render("digest", locale, values)
        assert (made.text.count("<b>Ann"), made.html.count("&lt;b&gt;Ann")) == (10 * len(entries) // 3,) * 2
        assert "<b>" not in made.html
        assert "<i>" not in made.html
        # Of a single one, the subject tells it.
        alone = rendering.render("digest", locale, values | {"entries": entries[:1], "link": "", "more": False})
        assert "<b>Ann" in alone.subject
        assert "https://hearth.example" not in alone.text + alone.html
        # What the server says itself, of nobody.
        unsigned = {"kind": "poll_ended", "people": [], "others": 0, "excerpt": ""}
        assert rendering.render("digest", locale, values | {"entries": [unsigned]}).subject
