"""What an account takes along, how it is erased, and what time does to old credentials."""

from dataclasses import dataclass
from datetime import timedelta

import httpx
import orjson
from sqlalchemy import text

from src import clock, idempotency
from src.auth import administration, archive, bots, models
from src.auth import service as accounts
from src.auth.constants import SecurityEventKind
from src.auth.feature import FEATURE
from src.feature import Impersonal, Owned, Role
from tests.auth.codes import turn_on
from tests.auth.people import client_at, log_in, refresh, try_login
from tests.exported import exported
from tests.hearth import PASSWORD_HASH, Hearth

TABLES = (
    "accounts",
    "bots",
    "sessions",
    "api_keys",
    "invitations",
    "one_time_links",
    "totp_secrets",
    "recovery_codes",
    "audit_entries",
    "security_events",
    "idempotency_keys",
)


async def counts(hearth: Hearth) -> dict[str, int]:
    async with hearth.database.read() as session:
        return {table: (await session.scalar(text(f"SELECT count(*) FROM {table}"))) or 0 for table in TABLES}


@dataclass(frozen=True)
class Bare:
    """An account of which no other package knows, signed in."""

    id: int
    client: httpx.AsyncClient


async def bare_account(hearth: Hearth, username: str, role: Role = Role.MEMBER) -> Bare:
    async with hearth.database.write() as session:
        account = await accounts.create_account(
            session, username=username, password_hash=PASSWORD_HASH, email=f"{username}@example.org", role=role
        )
    grant = await log_in(hearth.client, username)
    return Bare(account.id, hearth.connect({"Authorization": f"Bearer {grant['access_token']}"}))


async def leave_traces(hearth: Hearth) -> tuple[int, int]:
    """Two people whose rows refer to each other; their ids."""
    ada, boss = await bare_account(hearth, "ada", Role.MODERATOR), await bare_account(hearth, "boss", Role.ADMIN)
    await ada.client.post("/v1/auth/api-keys", json={"name": "script", "scopes": ["auth:read"]})
    for person in (ada, boss):
        answer = await person.client.post("/v1/auth/invitations", json={"note": "for a friend"})
        used_by = boss.id if person is ada else ada.id
        async with hearth.database.write() as session:
            invitation = await session.get_one(models.Invitation, int(answer.json()["id"]))
            invitation.used_at, invitation.used_by_id = clock.now(), used_by
    await ada.client.delete("/v1/auth/sessions")
    await ada.client.post("/v1/auth/email/confirmation")
    await turn_on(ada.client)
    async with hearth.database.write() as session:
        for owner_id in (ada.id, boss.id):
            bot = await accounts.create_account(session, username=f"bot_of_{owner_id}", password_hash=None)
            bots.add(session, account_id=bot.id, owner_id=owner_id)
    async with hearth.database.write() as session:
        session.add_all(
            models.AuditEntry(actor_id=id_, action="auth.role_changed", subject="account", details={}, at=clock.now())
            for id_ in (ada.id, boss.id)
        )
        session.add(
            models.SecurityEvent(
                account_id=boss.id, kind=SecurityEventKind.SUSPENDED, at=clock.now(), address="", actor_id=ada.id
            )
        )
        for account_id in (ada.id, boss.id):
            session.add(
                idempotency.StoredAnswer(
                    account_id=account_id,
                    key="k",
                    method="POST",
                    path="/",
                    fingerprint=b"",
                    status=201,
                    headers={},
                    body=b"",
                    created_at=clock.now(),
                )
            )
    return ada.id, boss.id


async def test_the_export_has_every_table_and_no_secret(hearth: Hearth) -> None:
    ada, _ = await leave_traces(hearth)
    async with hearth.database.read() as session:
        taken = await exported(session, archive.export(ada))
    assert set(taken) == set(TABLES)
    assert all(taken.values())
    assert taken["accounts"][0]["username"] == "ada"
    assert orjson.dumps(taken)
    names = {name for rows in taken.values() for row in rows for name in row}
    assert not names & {"password_hash", "digest", "fingerprint", "body"}


async def test_erasing_takes_one_person_and_leaves_the_other(hearth: Hearth) -> None:
    ada, boss = await leave_traces(hearth)
    async with hearth.database.read() as session:
        before = await exported(session, archive.export(boss))
    async with hearth.database.write() as session:
        for account_id in (*await administration.mark_deleted(session, account_id=ada), ada):
            await archive.erase(session, account_id)
    async with hearth.database.read() as session:
        assert not any((await exported(session, archive.export(ada))).values())
        after = await exported(session, archive.export(boss))
    # What she did in her office stays, without her name; and the other one's bot, which is an account of its own.
    kept = {name: len(rows) for name, rows in after.items()} | {"audit_entries": 4, "accounts": 2}
    assert await counts(hearth) == kept
    assert after["sessions"] == before["sessions"]
    assert {row["kind"]: row["actor_id"] for row in before["security_events"]} == {"login": None, "suspended": ada}
    assert {row["kind"]: row["actor_id"] for row in after["security_events"]} == {"login": None, "suspended": None}
    # The one that Ada made for the other is gone with her; of the other one nobody can tell any more who used it.
    assert [row["used_by_id"] for row in after["invitations"]] == [None]


async def test_each_table_has_an_owner() -> None:
    listed = {
        table.__tablename__ for part in FEATURE.parts if isinstance(part, Owned | Impersonal) for table in part.tables
    }
    assert listed == {*TABLES, "reset_requests", "retired_usernames", "revocations"}


async def test_what_ended_long_ago_is_forgotten_and_the_rest_kept(hearth: Hearth) -> None:
    ada = await hearth.account("ada", role=Role.MODERATOR)
    grant = await log_in(hearth.client, "ada")
    keys = [
        (await ada.client.post("/v1/auth/api-keys", json={"name": name, "scopes": ["auth:read"]})).json()["id"]
        for name in ("ended", "kept")
    ]
    await ada.client.delete(f"/v1/auth/api-keys/{keys[0]}")
    await ada.client.post("/v1/auth/invitations", json={})
    await ada.client.delete("/v1/auth/sessions")
    kept = await log_in(hearth.client, "ada")
    before = await counts(hearth)
    await hearth.run_job("auth.purge_credentials")
    assert await counts(hearth) == before
    with clock.shifted(timedelta(days=29)):
        kept = await refresh(hearth.client, kept["refresh_token"])
    await hearth.run_job("auth.purge_credentials", at=clock.now() + timedelta(days=45))
    # The session that was ended and the one that nobody refreshed are different in age: only the first is gone.
    after = await counts(hearth)
    assert (before["sessions"] - after["sessions"], before["api_keys"] - after["api_keys"]) == (1, 1)
    assert (before["invitations"] - after["invitations"], after["security_events"]) == (1, before["security_events"])
    async with hearth.database.read() as session:
        assert await session.get(models.Session, int(grant["session_id"])) is None
    await hearth.run_job("auth.purge_credentials", at=clock.now() + timedelta(days=181))
    assert (await counts(hearth))["security_events"] == 0


async def test_failures_of_somebody_who_is_gone_are_not_written(hearth: Hearth) -> None:
    ada, grace = await bare_account(hearth, "ada"), await bare_account(hearth, "grace")
    async with client_at(hearth, "203.0.113.9") as attacker:
        for login in ("ada", "grace"):
            await try_login(attacker, login, "not the password")
    async with hearth.database.write() as session:
        await archive.erase(session, ada.id)
    await hearth.authenticator.gathered.write()
    async with hearth.database.read() as session:
        rows = await session.execute(text("SELECT account_id FROM security_events WHERE kind = 'login_failed'"))
        assert rows.scalars().all() == [grace.id]
