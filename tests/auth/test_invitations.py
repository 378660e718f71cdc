"""Invitations: made by those who may, used once, and the server's own for its first admin."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from src import clock
from src.auth import administration, invitations, models, opaque
from src.auth import service as accounts
from src.auth.config import AuthSettings, RegistrationMode
from src.auth.constants import AccountState
from src.auth.exceptions import (
    EmailTaken,
    InvitationNotValid,
    InvitationRequired,
    RegistrationClosed,
    UsernameTaken,
)
from src.config import of, override
from src.feature import Role
from tests.hearth import Hearth, Person, problem

PAGE = "/v1/auth/invitations"


async def invite(person: Person, note: str = "") -> dict[str, Any]:
    response = await person.client.post(PAGE, json={"note": note})
    assert response.status_code == 201, response.text
    invitation: dict[str, Any] = response.json()
    return invitation


async def join(hearth: Hearth, username: str, code: str | None) -> Role:
    """What signing up does with an invitation; the role that it gave."""
    async with hearth.database.write() as session:
        admission = await invitations.admit(session, code=code, mode=of(AuthSettings).registration)
        account = await accounts.create_account(
            session, username=username, password_hash=None, role=admission.role, email=f"{username}@example.org"
        )
        await invitations.note_use(session, admission=admission, account_id=account.id)
    return admission.role


async def first_admin_secret(hearth: Hearth) -> str | None:
    async with hearth.database.write() as session:
        return await invitations.first_admin_secret(session)


async def test_an_invitation_lets_in_one_member(hearth: Hearth) -> None:
    host = await hearth.account("host", role=Role.MODERATOR)
    invitation = await invite(host, "for Grace")
    typed = invitation["code"].lower().replace("-", " ")
    assert await join(hearth, "grace", typed) is Role.MEMBER
    with pytest.raises(InvitationNotValid):
        await join(hearth, "another", invitation["code"])
    listed = (await host.client.get(PAGE)).json()["items"]
    assert [(item["note"], item["used_at"] is not None) for item in listed] == [("for Grace", True)]
    async with hearth.database.read() as session:
        grace = await accounts.find_by_login(session, name="grace")
    assert grace is not None
    assert listed[0]["used_by_id"] == str(grace.id)


async def test_of_fifty_who_use_one_invitation_at_once_one_gets_in(hearth: Hearth) -> None:
    host = await hearth.account("host", role=Role.MODERATOR)
    code = (await invite(host))["code"]
    results = await asyncio.gather(
        *(join(hearth, f"guest{number}", code) for number in range(50)), return_exceptions=True
    )
    assert results.count(Role.MEMBER) == 1
    assert sum(isinstance(result, InvitationNotValid) for result in results) == 49


async def test_who_fails_to_sign_up_leaves_the_invitation_unused(hearth: Hearth) -> None:
    host = await hearth.account("host", role=Role.MODERATOR)
    code = (await invite(host))["code"]
    with pytest.raises(UsernameTaken):
        await join(hearth, "host", code)
    assert await join(hearth, "guest", code) is Role.MEMBER


async def test_only_its_digest_is_stored(hearth: Hearth) -> None:
    host = await hearth.account("host", role=Role.MODERATOR)
    invitation = await invite(host)
    async with hearth.database.read() as session:
        row = await session.get_one(models.Invitation, int(invitation["id"]))
    assert row.digest == opaque.digest(invitation["code"])
    assert "code" not in (await host.client.get(PAGE)).json()["items"][0]


async def test_an_invitation_expires(hearth: Hearth) -> None:
    host = await hearth.account("host", role=Role.MODERATOR)
    code = (await invite(host))["code"]
    with clock.shifted(timedelta(days=14, minutes=1)), pytest.raises(InvitationNotValid):
        await join(hearth, "late", code)


async def test_a_withdrawn_invitation_lets_nobody_in(hearth: Hearth) -> None:
    host = await hearth.account("host", role=Role.MODERATOR)
    invitation = await invite(host)
    assert (await host.client.delete(f"{PAGE}/{invitation['id']}")).status_code == 204
    assert problem(await host.client.delete(f"{PAGE}/{invitation['id']}")) == "invitation_not_found"
    with pytest.raises(InvitationNotValid):
        await join(hearth, "guest", invitation["code"])


@pytest.mark.parametrize("end", ["suspension", "role", "deletion"])
async def test_invitations_end_with_the_right_to_invite(hearth: Hearth, end: str) -> None:
    admin, host = await hearth.account(role=Role.ADMIN), await hearth.account("host", role=Role.MODERATOR)
    used, left = await invite(host), await invite(host)
    await join(hearth, "grace", used["code"])
    path = f"/v1/admin/accounts/{host.id}"
    if end == "suspension":
        assert (await admin.client.put(f"{path}/suspension")).status_code == 204
    elif end == "role":
        assert (await admin.client.put(f"{path}/role", json={"role": "member"})).status_code == 204
    else:
        async with hearth.database.write() as session:
            await administration.mark_deleted(session, account_id=host.id)
    assert [item["id"] for item in (await admin.client.get(PAGE)).json()["items"]] == [used["id"]]
    # Who may invite again begins anew.
    await admin.client.delete(f"{path}/suspension")
    await admin.client.put(f"{path}/role", json={"role": "moderator"})
    with pytest.raises(InvitationNotValid):
        await join(hearth, "guest", left["code"])


async def test_who_stays_staff_keeps_their_invitations(hearth: Hearth) -> None:
    admin, host = await hearth.account(role=Role.ADMIN), await hearth.account("host", role=Role.ADMIN)
    code = (await invite(host))["code"]
    path = f"/v1/admin/accounts/{host.id}/role"
    assert (await admin.client.put(path, json={"role": "moderator"})).status_code == 204
    assert await join(hearth, "guest", code) is Role.MEMBER


@pytest.mark.parametrize("change", [{"state": AccountState.SUSPENDED}, {"role": Role.MEMBER}])
async def test_an_invitation_is_as_good_as_its_inviter(hearth: Hearth, change: dict[str, object]) -> None:
    host = await hearth.account("host", role=Role.MODERATOR)
    code = (await invite(host))["code"]
    # The row alone: nothing has ended the invitation.
    async with hearth.database.write() as session:
        await session.execute(update(models.Account).where(models.Account.id == host.id).values(change))
    with pytest.raises(InvitationNotValid):
        await join(hearth, "guest", code)


async def test_a_used_invitation_cannot_be_withdrawn(hearth: Hearth) -> None:
    host = await hearth.account("host", role=Role.MODERATOR)
    invitation = await invite(host)
    await join(hearth, "guest", invitation["code"])
    assert problem(await host.client.delete(f"{PAGE}/{invitation['id']}")) == "invitation_not_found"


async def test_moderators_see_their_own_and_admins_all_but_the_servers(hearth: Hearth) -> None:
    await first_admin_secret(hearth)
    one, two = await hearth.account(role=Role.MODERATOR), await hearth.account(role=Role.MODERATOR)
    admin = await hearth.account(role=Role.ADMIN)
    ids = [(await invite(person))["id"] for person in (one, two)]
    assert [item["id"] for item in (await one.client.get(PAGE)).json()["items"]] == ids[:1]
    assert [item["id"] for item in (await admin.client.get(PAGE)).json()["items"]] == ids[::-1]
    assert problem(await one.client.delete(f"{PAGE}/{ids[1]}")) == "invitation_not_found"
    assert (await admin.client.delete(f"{PAGE}/{ids[1]}")).status_code == 204


async def test_one_can_have_only_so_many_open_invitations(hearth: Hearth, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "MAX_OPEN_INVITATIONS", 2)
    host = await hearth.account("host", role=Role.MODERATOR)
    answers = await asyncio.gather(*(host.client.post(PAGE, json={}) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201] * 2 + [409] * 3
    assert {problem(answer) for answer in answers if answer.status_code == 409} == {"too_many_invitations"}
    await join(hearth, "guest", next(answer.json()["code"] for answer in answers if answer.status_code == 201))
    assert (await host.client.post(PAGE, json={})).status_code == 201


async def test_who_may_sign_up_is_a_setting(hearth: Hearth) -> None:
    host = await hearth.account("host", role=Role.MODERATOR)
    with pytest.raises(InvitationRequired):
        await join(hearth, "stranger", None)
    with override(AuthSettings, registration=RegistrationMode.OPEN):
        assert await join(hearth, "newcomer", None) is Role.MEMBER
        with pytest.raises(InvitationNotValid):
            await join(hearth, "guest", "0000-0000-0000-0000")
    code = (await invite(host))["code"]
    with override(AuthSettings, registration=RegistrationMode.CLOSED):
        for number, given in enumerate((None, code)):
            with pytest.raises(RegistrationClosed):
                await join(hearth, f"late{number}", given)
    assert await join(hearth, "guest", code) is Role.MEMBER


@pytest.mark.parametrize("code", ["", "x", "0000-0000-0000-0000", "é" * 16, "a" * 10_000])
async def test_what_is_no_invitation_is_refused(hearth: Hearth, code: str) -> None:
    with pytest.raises(InvitationNotValid):
        await join(hearth, "guest", code)


@pytest.mark.parametrize("mode", list(RegistrationMode))
async def test_the_first_admin_comes_by_a_secret_that_works_once(hearth: Hearth, mode: RegistrationMode) -> None:
    with override(AuthSettings, registration=mode):
        secret = await first_admin_secret(hearth)
        assert secret is not None
        assert await join(hearth, "boss", secret) is Role.ADMIN
        with pytest.raises(InvitationNotValid):
            await join(hearth, "intruder", secret)
    assert await first_admin_secret(hearth) is None


async def test_a_new_secret_voids_the_one_before(hearth: Hearth) -> None:
    old, new = await first_admin_secret(hearth), await first_admin_secret(hearth)
    with pytest.raises(InvitationNotValid):
        await join(hearth, "boss", old)
    assert await join(hearth, "boss", new) is Role.ADMIN


async def test_an_admin_made_otherwise_voids_the_secret(hearth: Hearth) -> None:
    secret = await first_admin_secret(hearth)
    async with hearth.database.write() as session:
        await accounts.create_account(session, username="boss", password_hash=None, role=Role.ADMIN)
    with pytest.raises(InvitationNotValid):
        await join(hearth, "intruder", secret)


async def test_names_and_addresses_are_taken_once_in_whatever_case(hearth: Hearth) -> None:
    async def create(username: str, email: str | None) -> None:
        async with hearth.database.write() as session:
            await accounts.create_account(session, username=username, password_hash=None, email=email)

    await create("ada", "Ada@Example.org")
    with pytest.raises(UsernameTaken):
        await create("ada", None)
    with pytest.raises(EmailTaken):
        await create("grace", "aDA@example.ORG")
    results = await asyncio.gather(*(create("alan", None) for _ in range(10)), return_exceptions=True)
    assert sum(result is None for result in results) == 1
    assert sum(isinstance(result, UsernameTaken) for result in results) == 9
    await create("grace", None)
    await create("joan", None)
