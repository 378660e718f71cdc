"""An explicit null in an update is refused or means "none"; what is unique may be made twice without harm."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import PrimaryKeyConstraint, Table, UniqueConstraint

from src import config
from src.auth.config import AuthSettings, RegistrationMode
from src.features import metadata
from tests.contract import stage
from tests.contract.document import example_of, operations, without_null
from tests.hearth import PASSWORD, Hearth, Person, problem

pytestmark = pytest.mark.integration


async def test_null_in_an_update_is_refused_or_means_none(unlimited: Hearth, app: FastAPI) -> None:
    scene = await stage.set_stage(unlimited, "owner")
    admin = await unlimited.admin()
    seen = 0
    for operation in operations(app):
        if operation.method not in {"PATCH", "PUT"} or operation.body is None:
            continue
        row = stage.ROWS[operation.method, operation.path]
        client = (admin if row.owner == 403 else scene.owner).client
        address = scene.address(operation.path)
        for name, given in operation.body["properties"].items():
            schema, nullable = without_null(operation.resolve(given))
            seen += 1
            before = await stage.trace(unlimited)
            needed = set(operation.body.get("required", ())) - {name}
            answer = await client.request(operation.method, address, json={name: None})
            if nullable and needed:
                # What is put in the place of something else is whole, or refused for what is missing.
                places = {tuple(error["loc"]) for error in answer.json()["errors"]}
                assert places == {("body", other) for other in needed}, (operation.name, name)
            elif nullable:
                assert answer.status_code == 200, (operation.name, name, answer.text)
                # A condition of the update is no field of the thing.
                await client.request(operation.method, address, json={name: example_of(operation, schema)})
                answer = await client.request(operation.method, address, json={name: None})
                assert answer.status_code == 200, (operation.name, name, answer.text)
                assert name == "version" or answer.json()[name] is None, (operation.name, name)
            else:
                assert problem(answer) == "invalid_input", (operation.name, name)
                places = {tuple(error["loc"]) for error in answer.json()["errors"]}
                assert places == {("body", other) for other in {name, *needed}}
                assert await stage.trace(unlimited) == before
    assert seen >= 11


class Twice:
    """People and things between whom something is made, and made again."""

    def __init__(self, hearth: Hearth, one: Person, other: Person, post_id: str) -> None:
        self.hearth, self.one, self.other, self.post_id = hearth, one, other, post_id
        self._number = 0

    async def post(self, path: str, **body: object) -> httpx.Response:
        """What the one does to the other or to their own post."""
        address = path.format(post=f"/v1/posts/{self.post_id}", other=f"/v1/users/{self.other.username}")
        return await self.one.client.post(address, json=body or None)

    async def register(self, **fields: object) -> httpx.Response:
        """Somebody signs up, by default under a name of their own."""
        self._number += 1
        body = {"username": f"newcomer_{self._number}", "password": PASSWORD, **fields}
        return await self.hearth.client.post("/v1/auth/register", json=body)

    async def follow_anew(self) -> httpx.Response:
        """A home is filled with what is in it."""
        await self.one.client.delete(f"/v1/users/{self.other.username}/follow")
        return await self.post("{other}/follow")

    async def post_with_key(self) -> httpx.Response:
        """The same creation with the same key."""
        return await self.one.client.post("/v1/posts", json={"text": "a"}, headers={"Idempotency-Key": "one"})

    async def wish(self, **wishes: object) -> httpx.Response:
        """The same wish again."""
        return await self.one.client.patch("/v1/notifications/preferences", json=wishes)

    async def open_chat(self) -> httpx.Response:
        """The one chat of the two."""
        return await self.one.client.put(f"/v1/chats/direct/{self.other.id}")

    async def read_in_secret(self) -> httpx.Response:
        """Others are not to know what the one has read."""
        return await self.one.client.patch("/v1/chats/all/settings", json={"shares_reads": False})

    async def edit(self) -> httpx.Response:
        """Another text each time."""
        self._number += 1
        return await self.one.client.patch(f"/v1/posts/{self.post_id}", json={"text": f"text {self._number}"})

    async def vote(self) -> httpx.Response:
        """The same vote again."""
        post = (await self.one.client.get(f"/v1/posts/{self.post_id}")).json()
        return await self.one.client.put(f"/v1/polls/{post['poll']['id']}/ballot", json={"choices": [0]})

    async def sign_out(self) -> httpx.Response:
        """An admin ends all that the other has open."""
        admin = await self.hearth.admin()
        return await admin.client.delete(f"/v1/admin/accounts/{self.other.id}/sessions")

    async def name_the_server(self) -> httpx.Response:
        """An admin decides for the first time what the server says of itself."""
        admin = await self.hearth.admin()
        return await admin.client.patch("/v1/admin/server", json={"name": "Elm Street"})


Again = Callable[[Twice], Awaitable[httpx.Response]]

# How to make the same thing once more, by the constraint that forbids two.
RECIPES: Final[dict[str, Again]] = {
    "uq_accounts_username": lambda twice: twice.register(username="ada_l"),
    "pk_profiles": lambda twice: twice.register(username="Ada_L"),
    "uq_accounts_lower_email": lambda twice: twice.register(email="Ada@Example.org"),
    "uq_follows_follower_id_followee_id": lambda twice: twice.post("{other}/follow"),
    "uq_blocks_blocker_id_blocked_id": lambda twice: twice.post("{other}/block"),
    "uq_mutes_muter_id_muted_id": lambda twice: twice.post("{other}/mute"),
    "uq_likes_account_id_post_id": lambda twice: twice.post("{post}/like"),
    "uq_reposts_account_id_post_id": lambda twice: twice.post("{post}/repost"),
    "uq_bookmarks_account_id_post_id": lambda twice: twice.post("{post}/bookmark"),
    "pk_server_settings": lambda twice: twice.name_the_server(),
    "uq_pins_account_id_post_id": lambda twice: twice.post("{post}/pin"),
    "uq_post_edits_post_id_version": lambda twice: twice.edit(),
    "pk_post_mentions": lambda twice: twice.post("/v1/posts", text="@somebody @somebody"),
    "pk_post_hashtags": lambda twice: twice.post("/v1/posts", text="#tea #Tea #TEA"),
    "pk_idempotency_keys": lambda twice: twice.post_with_key(),
    "pk_timeline_entries": lambda twice: twice.follow_anew(),
    "pk_totp_secrets": lambda twice: twice.post("/v1/auth/second-factor"),
    "pk_notification_silences": lambda twice: twice.wish(kinds=[{"kind": "like", "inbox": False}]),
    "pk_notification_quiet_times": lambda twice: twice.wish(quiet_hours={"start": "22:00", "end": "07:00"}),
    "pk_notification_subscriptions": lambda twice: twice.wish(mail={"frequency": "daily"}),
    "uq_chats_low_id_high_id": lambda twice: twice.open_chat(),
    "pk_chat_seats": lambda twice: twice.open_chat(),
    "pk_chat_receipt_refusals": lambda twice: twice.read_in_secret(),
    "pk_poll_ballots": lambda twice: twice.vote(),
    "pk_revocations": lambda twice: twice.sign_out(),
}
# What no client can make twice, and why.
BEYOND_REACH: Final = {
    "uq_api_keys_digest": "of 256 random bits, made here",
    "uq_chat_hooks_account_id": "a bot made for it: tests/chats",
    "uq_chat_hooks_digest": "of 256 random bits, made here",
    "pk_bots": "the id of an account that is as new: tests/bots",
    "uq_invitations_digest": "of a random code, made here",
    "uq_one_time_links_digest": "of 256 random bits, made here",
    "uq_recovery_codes_account_id_digest": "of random codes, made here",
    "uq_letters_key": "keys are given by code, and a second letter of one does nothing: tests/mail",
    "uq_messages_chat_id_seq": "numbered behind the chat's lock: tests/chats",
    "uq_messages_sender_id_cid": "sent again, it is the first one: tests/chats",
    "uq_message_edits_message_id_version": "written behind a lock of the message: tests/chats",
    "uq_message_reactions_message_id_account_id_emoji": "a second tap does nothing: tests/chats",
    "pk_message_pins": "an insert that does nothing the second time: tests/chats",
    "pk_message_mentions": "the same, after those of an earlier version are gone: tests/chats",
    "pk_message_hidings": "who has hidden a message finds it no more: tests/chats",
    "pk_message_poll_news": "an insert that does nothing the second time: tests/chats",
    "pk_deletions": "asking ends the session that asks; asked for again it is found: tests/archives",
    "pk_erasures": "a ledger, written by one job that looks into it: tests/archives",
    "pk_chats": "the id of a group that is as new: tests/chats",
    "pk_group_members": "written behind a lock of the group, which finds whoever is there: tests/groups",
    "uq_group_members_owner": "written behind the same lock, the old owner first: tests/groups",
    "pk_group_bans": "an upsert: tests/groups",
    "uq_group_invites_digest": "of a random code, made here",
    "pk_retired_usernames": "written when an account is erased, an upsert: tests/archives",
    "pk_outbox": "a transaction's number and a sequence",
    "uq_outbox_stream_ev": "counted by the transaction that holds the stream",
    "pk_personal_streams": "an upsert: tests/realtime",
    "pk_presence": "an upsert: tests/realtime",
    "pk_socket_counts": "an upsert, of one process: tests/realtime",
    "pk_stream_epochs": "begun once, by whoever is first: tests/realtime",
    "pk_subscriptions": "written at the start, one row a package",
    "uq_tasks_kind_key": "keys are given by code, which finds the first task again: tests/tasks",
    "pk_media_files": "of 128 random bits, made here",
    "uq_media_files_media_id_variant": "written by the one task that processes an item: tests/media",
    "pk_media_discarded_files": "an upsert: tests/media",
    "pk_timeline_horizons": "an upsert of the trimming job: tests/timelines",
    "pk_timeline_pulled_authors": "written by the relay above 50,000 followers: tests/timelines",
    "uq_notifications_account_id_key": "written by handlers, which find the first one: tests/notifications",
    "pk_notification_groups": "an upsert of whoever adds to an inbox: tests/notifications",
    "pk_notification_inboxes": "an upsert of whoever adds to an inbox: tests/notifications",
    "uq_deliveries_account_id_channel_key": "written with a notification, which is there once: tests/notifications",
    "uq_polls_attached_kind_attached_id": "written with the thing, which is new: tests/polls",
    "ix_posts_poll_id": "written with the post, for a poll of its own: tests/polls",
    "pk_poll_options": "written with the poll, numbered: tests/polls",
    "uq_link_cards_digest": "an upsert of the relay: tests/previews",
    "pk_restored_rows": "written by the import alone, which skips what is there: tests/archives",
    "uq_account_exports_unfinished": "a second one is refused while the first is made: tests/archives",
    "uq_account_imports_unfinished": "a second one is refused while the first is not over: tests/archives",
    "pk_mastodon_imported_posts": "written by the import alone, which skips what is there: tests/mastodon_archive",
}


def _minted(table: Table) -> bool:
    """Whether the database itself makes the key."""
    keys = list(table.primary_key.columns)
    return len(keys) == 1 and keys[0].server_default is not None


def test_every_unique_constraint_has_a_recipe_or_is_beyond_reach() -> None:
    names = set()
    for table in metadata().tables.values():
        of_table = [c for c in table.constraints if isinstance(c, UniqueConstraint | PrimaryKeyConstraint)]
        names |= {str(c.name) for c in of_table if not (isinstance(c, PrimaryKeyConstraint) and _minted(table))}
        names |= {str(index.name) for index in table.indexes if index.unique}
    assert names == RECIPES.keys() | BEYOND_REACH.keys()
    assert not RECIPES.keys() & BEYOND_REACH.keys()


@pytest.mark.parametrize("constraint", RECIPES)
async def test_what_is_unique_may_be_made_twice(unlimited: Hearth, constraint: str) -> None:
    one, other = await unlimited.account("somebody"), await unlimited.account("somebody_else")
    post = await one.client.post("/v1/posts", json={"text": "root", "poll": {"options": ["a", "b"]}})
    await other.client.post("/v1/posts", json={"text": "for homes"})
    twice, again = Twice(unlimited, one, other, post.json()["id"]), RECIPES[constraint]
    with config.override(AuthSettings, registration=RegistrationMode.OPEN):
        answers = [await again(twice), await again(twice), *await asyncio.gather(again(twice), again(twice))]
    assert answers[0].is_success, answers[0].text
    for answer in answers:
        assert answer.is_success or answer.status_code == 409, answer.text
