"""Who stands around a route when it is walked: an owner with a private account, their things, and a caller."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx

from src import clock
from src.auth import callers as auth_callers
from src.auth import security_events as auth_security_events
from src.bots import schemas as bots_schemas
from src.bots import service as bots_service
from src.chats import schemas as chats_schemas
from src.chats import sending as chats_sending
from src.chats import service as chats_service
from src.chats import service_hooks as chats_service_hooks
from src.chats.constants import ChatKindName
from src.feature import Role
from src.groups import service as groups_service
from src.groups import service_invites as groups_service_invites
from src.media import models as media_models
from src.media.constants import STORES_RESOURCE
from src.media.constants import State as MediaState
from src.media.formats import Format, Kind
from src.media.rendered import Variant
from src.media.store import new_key
from src.media.stores import Stores
from src.notifications import models as notifications_models
from src.polls import models as polls_models
from src.posts import models as posts_models
from src.posts.constants import Visibility
from src.tasks import models as tasks_models
from src.tasks.constants import State
from src.users import models as users_models
from tests.hearth import Hearth, Person
from tests.permission_table import Row

_ROLES = {"moderator": Role.MODERATOR, "admin": Role.ADMIN}
_TESTS = Path(__file__).resolve().parent.parent


def tables() -> dict[str, tuple[Row, ...]]:
    """The permission table of each package that has one."""
    packages = sorted(path.parent.name for path in _TESTS.glob("*/permissions.py"))
    return {package: importlib.import_module(f"tests.{package}.permissions").PERMISSIONS for package in packages}


ROWS = {(row.method, row.path): row for rows in tables().values() for row in rows}


@dataclass(frozen=True)
class Scene:
    """An owner, their things by the names that paths have for them, and a caller (None: not signed in)."""

    owner: Person
    caller: Person | None
    things: Mapping[str, str]

    def address(self, path: str, query: str = "") -> str:
        """The path of a route with the owner's things in it."""
        return path.format_map(self.things) + (f"?{query}" if query else "")

    def client(self, hearth: Hearth) -> httpx.AsyncClient:
        """The caller's client."""
        return hearth.client if self.caller is None else self.caller.client


async def set_stage(hearth: Hearth, identity: str) -> Scene:
    """An owner with a private account, and a caller who is this to them."""
    owner = await hearth.account(private=True)
    caller = await _caller(hearth, identity, owner)
    post_id, task_id = await _things(hearth, owner)
    media_id = await _picture(hearth, owner)
    group_id, invite_id, code = await _group(hearth, owner)
    chat_id, message_id = await _chat(hearth, owner)
    hook_id, hook_code = await _hook(hearth, owner, chat_id)
    if caller is not None and caller is not owner:
        await _relate(hearth, identity, caller.id, owner.id)
    things = {
        "username": owner.username,
        "account_id": str(owner.id),
        "session_id": str(owner.session_id),
        "post_id": str(post_id),
        "task_id": str(task_id),
        "media_id": str(media_id),
        "poll_id": str(await _poll(hearth, owner, post_id)),
        "variant": "original",
        "place": "picture",
        "group_id": str(group_id),
        "bot_id": str(await _bot(hearth, owner)),
        "chat_id": str(chat_id),
        "message_id": str(message_id),
        "hook_id": str(hook_id),
        "hook_code": hook_code,
        "emoji": "👍",
        "invite_id": str(invite_id),
        "code": code,
        "notification_id": str(await _notification(hearth, owner)),
        "hashtag": "hearth",
        # The owner has neither a key nor an invitation.
        "key_id": str(owner.id),
        "invitation_id": str(owner.id),
        # Nor a form for an upload.
        "upload_id": str(owner.id),
        "export_id": str(owner.id),
        # The owner's own, which nobody else reads.
        "stream": f"own:{owner.id}",
    }
    return Scene(owner, caller, things)


async def _notification(hearth: Hearth, owner: Person) -> int:
    notification = notifications_models.Notification(account_id=owner.id, kind="follow", key="test", group_key="test")
    async with hearth.database.write() as session:
        session.add(notification)
        await session.flush()
    return notification.id


async def _caller(hearth: Hearth, identity: str, owner: Person) -> Person | None:
    if identity == "nobody":
        return None
    return owner if identity == "owner" else await hearth.account(role=_ROLES.get(identity, Role.MEMBER))


async def _relate(hearth: Hearth, identity: str, caller_id: int, owner_id: int) -> None:
    async with hearth.database.write() as session:
        if identity in {"requested", "follower"}:
            accepted = identity == "follower"
            session.add(users_models.Follow(follower_id=caller_id, followee_id=owner_id, accepted=accepted))
            for account_id, counter in ((caller_id, "following_count"), (owner_id, "followers_count")):
                profile = await session.get_one(users_models.Profile, account_id)
                setattr(profile, counter, int(accepted))
        elif identity == "blocked":
            session.add(users_models.Block(blocker_id=owner_id, blocked_id=caller_id))


async def _things(hearth: Hearth, owner: Person) -> tuple[int, int]:
    now = clock.now()
    post = posts_models.Post(author_id=owner.id, text="for my followers #hearth", visibility=Visibility.FOLLOWERS)
    task = tasks_models.Task(
        owner_id=owner.id,
        kind="tests.waits",
        payload={},
        state=State.QUEUED,
        done=0,
        attempts=0,
        turn=0,
        due_at=now,
        created_at=now,
    )
    async with hearth.database.write() as session:
        session.add_all([post, task])
        await session.flush()
        session.add(posts_models.PostHashtag(hashtag="hearth", post_id=post.id))
    return post.id, task.id


async def _chat(hearth: Hearth, owner: Person) -> tuple[int, int]:
    """A chat with nobody but its owner, and a message in it."""
    caller = auth_callers.Caller(owner.id, owner.session_id, Role.MEMBER)
    data = chats_schemas.ChatCreate(kind=ChatKindName.GROUP, name="Film night")
    async with hearth.database.write() as session:
        chat_id = await chats_service.create(session, caller=caller, data=data)
        draft = chats_sending.Draft(chat_id, owner.id, uuid4(), 0, "hello")
        (row,) = await chats_sending.SEND.fetch(session, **chats_sending.arguments([draft], clock.now()))
    return chat_id, int(row["id"])


async def _hook(hearth: Hearth, owner: Person, chat_id: int) -> tuple[int, str]:
    """A hook of the owner's chat."""
    caller = auth_callers.Caller(owner.id, owner.session_id, Role.MEMBER)
    async with hearth.database.write() as session:
        row, code = await chats_service_hooks.create(session, caller=caller, chat_id=chat_id, name="Backups")
    return int(row.ChatHook.id), code


async def _bot(hearth: Hearth, owner: Person) -> int:
    """A bot of the owner's, without a key."""
    caller = auth_callers.Caller(owner.id, owner.session_id, Role.MEMBER)
    data = bots_schemas.BotCreate(username=f"{owner.username}_bot")
    async with hearth.database.write() as session:
        row = await bots_service.create(session, caller=caller, data=data, origin=auth_security_events.NOWHERE)
    return int(row.Profile.account_id)


async def _group(hearth: Hearth, owner: Person) -> tuple[int, int, str]:
    """A group with nobody but its owner, and an invite to it."""
    async with hearth.database.write() as session:
        group = await groups_service.found(session, kind="tests", owner_id=owner.id)
        invite, code = await groups_service_invites.create(
            session, group_id=group.id, by_id=owner.id, expires_at=None, max_uses=None
        )
    return group.id, invite.id, code


async def _poll(hearth: Hearth, owner: Person, post_id: int) -> int:
    """A poll of the post that the owner's followers see."""
    poll = polls_models.Poll(
        owner_id=owner.id, kind="single", is_hidden=False, is_public=True, attached_kind="post", attached_id=post_id
    )
    async with hearth.database.write() as session:
        session.add(poll)
        await session.flush()
        session.add_all(
            polls_models.PollOption(poll_id=poll.id, position=place, text=str(place), votes=0) for place in range(2)
        )
        (await session.get_one(posts_models.Post, post_id)).poll_id = poll.id
    return poll.id


async def _picture(hearth: Hearth, owner: Person) -> int:
    """An item that hangs on nothing, with a file."""
    stores = hearth.runtime.resources[STORES_RESOURCE]
    assert isinstance(stores, Stores)
    key = new_key()
    (stores.incoming / key).write_bytes(b"GIF89a")
    await stores.current.keep(key, stores.incoming / key, "image/gif")
    item = media_models.MediaItem(
        owner_id=owner.id,
        state=MediaState.READY,
        kind=Kind.IMAGE,
        sent_format=Format.GIF,
        content_type="image/gif",
        bytes=6,
        unattached_since=clock.now(),
    )
    async with hearth.database.write() as session:
        session.add(item)
        await session.flush()
        session.add(
            media_models.MediaFile(
                key=key,
                media_id=item.id,
                variant=Variant.ORIGINAL,
                store=stores.current.name,
                content_type="image/gif",
                bytes=6,
                sha256="0" * 64,
            )
        )
    return item.id


async def trace(hearth: Hearth) -> dict[str, str]:
    """What every table holds, but for the times of last use, which are written down now and then."""
    async with hearth.database.read() as session:
        connection = await session.connection()
        named = await connection.exec_driver_sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        sign = "count(*) || ':' || coalesce(sum(hashtext((to_jsonb(t) - 'last_used_at')::text)), 0)"
        each = (f"SELECT '{name}' AS name, {sign} AS sign FROM {name} t" for name in sorted(named.scalars()))
        union = " UNION ALL ".join(each)
        rows = (await connection.exec_driver_sql(union)).mappings()
        return {str(row["name"]): str(row["sign"]) for row in rows}
