"""How chats are written out."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from src.chats import hook_models, hook_schemas, models, queries, rendering, schemas
from src.chats.constants import ChatKind, ChatKindName, Level, LevelName
from src.groups.constants import GroupRoleName
from src.media import utils as media_utils
from src.models import instant_of
from src.users import queries as users_queries
from src.users import schemas as users_schemas
from src.users import utils as users_utils

People = Mapping[int, users_queries.Person]


def seen_chat_read(sight: queries.Sight, latest: Row[*tuple[Any, ...]] | None, people: People) -> schemas.SeenChatRead:
    """A chat as the person of the sight sees it; `latest` is its newest message, `people` who is named."""
    return schemas.SeenChatRead.model_validate(
        _shown(sight)
        | {
            "last_ev": sight.chat.last_ev,
            "partner": _author(people, sight.partner_id),
            "latest": None if latest is None else _latest_read(latest, people),
            "membership": _membership_read(sight),
        }
    )


def notifications_read(seat: models.Seat) -> schemas.NotificationsRead:
    """How somebody is told of a chat's messages."""
    return schemas.NotificationsRead(level=_level(seat), muted_until=seat.muted_until)


def hook_read(row: Any) -> hook_schemas.HookRead:
    """A row of `service_hooks.page`."""
    hook: hook_models.ChatHook = row.ChatHook
    return hook_schemas.HookRead(
        id=hook.id,
        account=users_utils.author(*users_queries.person_of(row)),
        created_by_id=hook.created_by_id,
        created_at=instant_of(hook.id),
    )


def hook_created(row: Any, url: str) -> hook_schemas.HookCreated:
    """The same with its address."""
    return hook_schemas.HookCreated(**dict(hook_read(row)), url=url)


def _shown(sight: queries.Sight) -> dict[str, object]:
    chat = sight.chat
    return {
        "id": chat.id,
        "kind": ChatKindName[ChatKind(chat.kind).name],
        "name": chat.name,
        "topic": chat.topic,
        "picture": None if sight.picture is None else media_utils.media_read(sight.picture),
        "is_public": chat.is_public,
        "is_read_only": chat.is_read_only,
        "slow_mode_seconds": chat.slow_mode_seconds,
        "retention_days": chat.retention_days,
        "members_count": sight.members_count,
        "last_seq": chat.last_seq,
        "created_at": instant_of(chat.id),
    }


def _latest_read(row: Row[*tuple[Any, ...]], people: People) -> schemas.LatestRead:
    message = rendering.message_read(row)
    return schemas.LatestRead(message=message, sender=_author(people, message.sender_id))


def _membership_read(sight: queries.Sight) -> schemas.MembershipRead | None:
    if sight.seat is None or sight.role is None:
        return None
    return schemas.MembershipRead(
        role=GroupRoleName.of(sight.role),
        read_seq=sight.seat.read_seq,
        unread_count=sight.unread,
        mentions_count=sight.mentions,
        level=_level(sight.seat),
        muted_until=sight.seat.muted_until,
    )


def _level(seat: models.Seat) -> LevelName | None:
    return None if seat.level is None else LevelName[Level(seat.level).name]


def _author(people: People, account_id: int | None) -> users_schemas.Author | None:
    person = None if account_id is None else people.get(account_id)
    return None if person is None else users_utils.author(*person)
