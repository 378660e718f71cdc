"""A person who writes one word wherever the API lets them, and where in the database it can be found."""

from datetime import timedelta

from sqlalchemy import select

from src import clock
from src.auth import models as auth_models
from src.feature import Owned, Role
from src.groups import service as groups_service
from src.mail import jobs as mail_jobs
from src.mastodon_archive import models as mastodon_models
from src.media import models as media_models
from src.realtime import presence as realtime_presence
from src.tasks import models as tasks_models
from src.tasks.constants import State
from tests.auth.codes import turn_on
from tests.auth.people import client_at, log_in, try_login
from tests.hearth import Hearth, Person
from tests.media import files
from tests.media.steps import uploaded

JPEG = files.written(files.picture(), "JPEG")
# Tables of people's rows that the story leaves empty: what the server makes of many people's doings by itself.
EMPTY = {"timeline_frozen_lists", "timeline_horizons", "timeline_pulled_authors"}


async def live(hearth: Hearth, canary: str) -> Person:
    """Somebody whose every word is the canary, who has left none of the API's fields for words out."""
    ada = await hearth.account(canary, role=Role.MODERATOR)
    other = await hearth.account(f"other_{ada.id % 10**6}")
    await _account(hearth, ada, canary)
    await _profile(ada, canary)
    await _posts(ada, other, canary)
    await _media(hearth, ada, canary)
    await _polls(ada, other, canary)
    third = await hearth.account(f"third_{ada.id % 10**6}")
    spam = (await third.client.post("/v1/posts", json={"text": "buy now"})).json()["id"]
    assert (await ada.client.delete(f"/v1/posts/{spam}")).status_code == 204
    assert (await ada.client.post(f"/v1/users/{third.username}/block")).is_success
    await _groups(hearth, ada, other, third)
    await _chats(ada, other, canary)
    await _behind(hearth, ada, canary)
    await _archives(hearth, ada)
    await _presence(hearth, ada)
    await hearth.settle()
    await _inbox(hearth, ada)
    await mail_jobs.send(hearth.database)
    return ada


async def _presence(hearth: Hearth, ada: Person) -> None:
    assert (await ada.client.get("/v1/streams")).status_code == 200
    async with hearth.database.write() as session:
        await realtime_presence.note(session, [ada.id])


async def _account(hearth: Hearth, ada: Person, canary: str) -> None:
    async with hearth.database.write() as session:
        (await session.get_one(auth_models.Account, ada.id)).email = f"{canary}@example.org"
    async with client_at(hearth, "192.0.2.1", canary) as client:
        await log_in(client, ada.username)
        await try_login(client, ada.username, "not the password")
        await client.post("/v1/auth/password-reset", json={"email": f"{canary}@example.org"})
    await hearth.authenticator.gathered.write()
    await hearth.run_job("auth.answer_reset_requests")
    client = ada.client
    assert (await client.post("/v1/auth/email/confirmation")).status_code == 202
    assert (await client.put("/v1/auth/email", json={"email": f"new.{canary}@example.org"})).status_code == 202
    key = {"name": canary, "scopes": ["auth:read"]}
    assert (await client.post("/v1/auth/api-keys", json=key)).status_code == 201
    assert (await client.post("/v1/auth/invitations", json={"note": canary})).status_code == 201
    bot = {"username": f"bot_{canary}", "display_name": canary}
    assert (await client.post("/v1/bots", json=bot)).status_code == 201
    await turn_on(client)


async def _profile(ada: Person, canary: str) -> None:
    changes = {
        "display_name": canary,
        "bio": f"{canary} says hello",
        "links": [{"label": canary, "url": f"https://example.org/{canary}"}],
    }
    assert (await ada.client.patch("/v1/users/me", json=changes)).status_code == 200


async def _inbox(hearth: Hearth, ada: Person) -> None:
    """Letters of what happens to her, but for what she does not want to hear of."""
    async with hearth.database.write() as session:
        (await session.get_one(auth_models.Account, ada.id)).email_confirmed_at = clock.now()
    wishes = {
        "mail": {"frequency": "immediately"},
        "quiet_hours": {"start": "22:00", "end": "07:00"},
        "kinds": [{"kind": "like", "inbox": False}],
    }
    assert (await ada.client.patch("/v1/notifications/preferences", json=wishes)).is_success
    fan = await hearth.account(f"fan_{ada.id % 10**6}")
    items = (await fan.client.get(f"/v1/timelines/users/{ada.username}")).json()["items"]
    hers = next(item["post"]["id"] for item in items if item["post"]["author"]["id"] == str(ada.id))
    assert (await fan.client.post("/v1/posts", json={"text": "so true", "reply_to_id": hers})).is_success
    await hearth.settle()


async def _posts(ada: Person, other: Person, canary: str) -> None:
    theirs = (await other.client.post("/v1/posts", json={"text": "theirs"})).json()["id"]
    written = []
    for number, body in enumerate(
        (
            # A place where the server does not go: the card is kept, and nobody is asked.
            {"text": f"{canary} #{canary} http://127.0.0.1/{canary}", "content_warning": canary},
            {"text": f"{canary} to @{other.username}", "reply_to_id": theirs},
            {"text": canary, "quote_of_id": theirs},
        )
    ):
        key = {"Idempotency-Key": f"{canary}-{number}"}
        answer = await ada.client.post("/v1/posts", json=body, headers=key)
        assert answer.status_code == 201, answer.text
        written.append(answer.json()["id"])
    post = written[-1]
    assert (await ada.client.patch(f"/v1/posts/{post}", json={"text": f"{canary} anew"})).status_code == 200
    for what in ("like", "repost", "bookmark"):
        assert (await ada.client.post(f"/v1/posts/{theirs}/{what}")).is_success
    assert (await ada.client.post(f"/v1/posts/{post}/pin")).is_success
    assert (await ada.client.post(f"/v1/users/{other.username}/follow")).is_success
    assert (await other.client.post(f"/v1/users/{ada.username}/follow")).is_success
    assert (await ada.client.post(f"/v1/users/{other.username}/mute")).is_success


async def _polls(ada: Person, other: Person, canary: str) -> None:
    """Each asks, and both answer."""
    for asking in (ada, other):
        poll = {"question": canary if asking is ada else "theirs", "options": [canary if asking is ada else "x", "y"]}
        answer = await asking.client.post("/v1/posts", json={"text": poll["question"], "poll": poll})
        assert answer.status_code == 201, answer.text
        for voting in (ada, other):
            path = f"/v1/polls/{answer.json()['poll']['id']}/ballot"
            assert (await voting.client.put(path, json={"choices": [0]})).is_success


async def _media(hearth: Hearth, ada: Person, canary: str) -> None:
    """A picture on a post, one on her profile, one that hangs on nothing, and a form for another."""
    ids = [(await uploaded(hearth, ada, JPEG, alt_text=f"{canary} {number}"))["id"] for number in range(3)]
    assert (await ada.client.post("/v1/posts", json={"text": canary, "media_ids": ids[:1]})).is_success
    shown = await ada.client.put("/v1/users/me/pictures/picture", json={"media_id": ids[1]})
    assert shown.is_success, shown.text
    form = media_models.DirectUpload(
        owner_id=ada.id, key=canary, store="directory", most_bytes=1, expires_at=clock.now() + timedelta(hours=1)
    )
    async with hearth.database.write() as session:
        session.add(form)


async def _groups(hearth: Hearth, ada: Person, other: Person, third: Person) -> None:
    """One of her own, to which she invites and from which she bans, and one that has banned her."""
    async with hearth.database.write() as session:
        hers = await groups_service.found(session, kind="tests", owner_id=ada.id, others=[other.id])
        theirs = await groups_service.found(session, kind="tests", owner_id=other.id)
    assert (await ada.client.post(f"/v1/groups/{hers.id}/invites", json={})).is_success
    assert (await ada.client.put(f"/v1/groups/{hers.id}/bans/{third.id}")).is_success
    assert (await other.client.put(f"/v1/groups/{theirs.id}/bans/{ada.id}")).is_success


async def _chats(ada: Person, other: Person, canary: str) -> None:
    """One with another, one of her own whose words are hers alone, one of both; she does not say what she has read."""
    opened = await ada.client.put(f"/v1/chats/direct/{other.id}")
    assert opened.is_success
    await _messages(ada, other, f"/v1/chats/{opened.json()['id']}", canary)
    alone = {"kind": "channel", "name": canary, "topic": canary, "is_public": True}
    assert (await ada.client.post("/v1/chats", json=alone)).is_success
    both = {"kind": "group", "name": "both", "member_ids": [str(other.id)]}
    made = await ada.client.post("/v1/chats", json=both)
    assert made.is_success
    for_both = {"text": canary, "visibility": "group", "group_id": made.json()["id"]}
    assert (await ada.client.post("/v1/posts", json=for_both)).is_success
    hook = await ada.client.post(f"/v1/chats/{made.json()['id']}/hooks", json={"name": "Backups"})
    assert (await ada.client.post(hook.json()["url"], json={"text": "done"})).is_success
    assert (await ada.client.patch("/v1/chats/all/settings", json={"shares_reads": False})).is_success


async def _messages(ada: Person, other: Person, chat: str, canary: str) -> None:
    """Words of hers, edited, named, pinned, answered and hidden."""
    named = {"text": f"{canary} and @{other.username} and @{ada.username}"}
    first = (await ada.client.post(f"{chat}/messages", json=named)).json()["id"]
    assert (
        await ada.client.patch(f"{chat}/messages/{first}", json={"text": f"{canary} again, @{other.username}"})
    ).is_success
    theirs = (await other.client.post(f"{chat}/messages", json={"text": "thank you"})).json()["id"]
    assert (await ada.client.put(f"{chat}/messages/{theirs}/reactions/👍")).is_success
    assert (await ada.client.put(f"{chat}/pins/{theirs}")).is_success
    assert (await ada.client.post(f"{chat}/messages/{theirs}/hide")).is_success


async def _behind(hearth: Hearth, ada: Person, canary: str) -> None:
    """What comes to be without a request: an import, and work in the background."""
    now = clock.now()
    async with hearth.database.write() as session:
        session.add(
            tasks_models.Task(
                owner_id=ada.id,
                kind="tests.leaves",
                payload={"name": canary},
                state=State.DONE,
                done=1,
                result={"name": canary},
                attempts=0,
                turn=1,
                due_at=now,
                created_at=now,
                finished_at=now + timedelta(seconds=1),
            )
        )
        session.add(mastodon_models.ImportedPost(account_id=ada.id, uri=f"https://example.org/{canary}"))


async def _archives(hearth: Hearth, ada: Person) -> None:
    """All of it taken along and brought back."""
    made = (await ada.client.post("/v1/account/exports")).json()
    await hearth.runtime.tasks.drain()
    content = (await ada.client.get(f"/v1/account/exports/{made['id']}/file")).content
    assert (await ada.client.post("/v1/account/imports?kind=hearth", content=content)).status_code == 202
    await hearth.runtime.tasks.drain()


async def tables_with(hearth: Hearth, word: str) -> dict[str, int]:
    """How many rows of each table hold the word: in a text, in JSON, or in bytes."""
    found: dict[str, int] = {}
    forms = (word.lower(), word.encode().hex())
    async with hearth.database.read() as session:
        connection = await session.connection()
        names = await connection.exec_driver_sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for name in sorted(names.scalars()):
            holds = " OR ".join(f"position('{form}' IN lower(t::text)) > 0" for form in forms)
            count = (await connection.exec_driver_sql(f"SELECT count(*) FROM {name} t WHERE {holds}")).scalar_one()
            if count:
                found[name] = count
    return found


async def tables_without_rows(hearth: Hearth) -> set[str]:
    """Tables of people's rows in which there is none."""
    tables = [table for part in hearth.runtime.registry.all(Owned) for table in part.tables]
    async with hearth.database.read() as session:
        return {
            table.__tablename__ for table in tables if (await session.execute(select(table).limit(1))).first() is None
        }
