"""What everybody may know of a server, what admins decide while it runs, and that it holds at once."""

from typing import Any
from urllib.parse import quote

import pytest

from src.auth.config import AuthSettings, RegistrationMode
from src.config import Settings, override
from src.mail import naming
from src.posts.config import PostsSettings
from tests.hearth import PASSWORD, Hearth, problem

pytestmark = pytest.mark.integration
PAGE, SETTINGS = "/v1/server", "/v1/admin/server"


async def page(hearth: Hearth) -> dict[str, Any]:
    answer = await hearth.client.get(PAGE)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_fresh_server_has_a_name_and_says_how_much_it_takes(hearth: Hearth) -> None:
    with override(PostsSettings, post_max_length=77), override(AuthSettings, email_required=True):
        found = await page(hearth)
    assert (found["name"], found["description"], found["contact"], found["rules"]) == ("Hearth", "", "", [])
    assert found["version"] == hearth.app.version
    assert (found["limits"]["post_length"], found["email_required"], found["public_read"]) == (77, True, True)
    assert found["counts"].keys() == {"accounts", "posts"}


async def test_where_strangers_read_nothing_they_learn_whom_to_ask_and_no_numbers(hearth: Hearth) -> None:
    with override(Settings, public_read=False):
        found = await page(hearth)
        # Whoever comes back with a token that is over still sees where they are.
        stale = await hearth.client.get(PAGE, headers={"Authorization": "Bearer over"})
    assert (found["name"], found["counts"], found["public_read"]) == ("Hearth", None, False)
    assert stale.json() == found


async def test_admins_decide_what_it_says_and_what_is_absent_stays(hearth: Hearth) -> None:
    boss = await hearth.admin()
    decided = {"name": " Elm Street ", "description": "Ours.\n", "contact": "ada", "rules": ["Be kind.", "No horns."]}
    answer = await boss.client.patch(SETTINGS, json=decided)
    assert answer.json()["name"] == "Elm Street"
    await boss.client.patch(SETTINGS, json={"description": "Everybody's."})
    found = await page(hearth)
    assert (found["name"], found["description"], found["contact"]) == ("Elm Street", "Everybody's.", "ada")
    assert found["rules"] == ["Be kind.", "No horns."]


async def test_letters_and_authenticators_use_the_name_that_it_was_given(hearth: Hearth) -> None:
    boss, ada = await hearth.admin(), await hearth.account("ada")
    for given, told in ((None, "elm.example"), ("Elm Street", "Elm Street")):
        if given is not None:
            await boss.client.patch(SETTINGS, json={"name": given})
        with override(Settings, hearth_url="https://elm.example"):
            assert await naming.name_of(hearth.database) == told
            enrolment = (await ada.client.post("/v1/auth/second-factor")).json()
        assert quote(told) in enrolment["uri"]


@pytest.mark.parametrize(
    "body", [{"name": ""}, {"name": "  "}, {"name": "x" * 101}, {"rules": [""]}, {"rules": ["x"] * 51}, {"title": "x"}]
)
async def test_what_makes_no_sense_is_refused(hearth: Hearth, body: dict[str, object]) -> None:
    boss = await hearth.admin()
    assert problem(await boss.client.patch(SETTINGS, json=body)) == "invalid_input"


async def test_who_may_sign_up_is_decided_while_the_server_runs(hearth: Hearth) -> None:
    boss = await hearth.admin()
    body = {"username": "newcomer", "password": PASSWORD}
    with override(AuthSettings, registration=RegistrationMode.CLOSED):
        assert (await page(hearth))["registration"] == "closed"
        await boss.client.patch(SETTINGS, json={"registration": "invitation"})
        assert problem(await hearth.client.post("/v1/auth/register", json=body)) == "invitation_required"
        await boss.client.patch(SETTINGS, json={"registration": "open"})
        assert (await page(hearth))["registration"] == "open"
        assert (await hearth.client.post("/v1/auth/register", json=body)).status_code == 201
        await boss.client.patch(SETTINGS, json={"registration": None})
        again = {**body, "username": "late"}
        assert problem(await hearth.client.post("/v1/auth/register", json=again)) == "registration_closed"


async def test_a_change_is_written_down_by_what_was_changed_and_not_by_its_words(hearth: Hearth) -> None:
    boss = await hearth.admin()
    body = {"name": "Elm Street", "description": "", "registration": "closed"}
    for _ in range(2):
        # The second time nothing changes.
        assert (await boss.client.patch(SETTINGS, json=body)).status_code == 200
    (row,) = (await boss.client.get("/v1/admin/audit")).json()["items"]
    assert (row["action"], row["subject"], row["actor_id"]) == ("about.server_changed", "server", str(boss.id))
    assert row["details"] == {"changed": "name, registration", "registration": "closed"}
