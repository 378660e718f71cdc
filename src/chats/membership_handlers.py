"""What chats do when their groups change, in the same transaction."""

from src.chats import events, service_events, service_hooks, service_seats
from src.chats.constants import GROUP_KIND
from src.database import WriteSession
from src.groups import events as groups_events


async def seat(session: WriteSession, event: groups_events.MemberJoined) -> None:
    """Within: a new member has a seat."""
    if event.kind == GROUP_KIND:
        await service_seats.take(session, chat_id=event.group_id, account_id=event.account_id, by_id=event.actor_id)


async def unseat(session: WriteSession, event: groups_events.MemberLeft) -> None:
    """Within: who is no member any more has none; a hook ends when its bot leaves."""
    if event.kind == GROUP_KIND:
        await service_hooks.end(session, chat_id=event.group_id, account_id=event.account_id)
        await service_seats.give_up(session, chat_id=event.group_id, account_id=event.account_id, by_id=event.actor_id)


async def tell_role(session: WriteSession, event: groups_events.RoleChanged) -> None:
    """Within: members see who leads them."""
    if event.kind == GROUP_KIND:
        changed = events.MemberRoleChanged(
            actor_id=event.actor_id, chat_id=event.group_id, account_id=event.account_id, role=event.role
        )
        await service_events.tell(session, changed)


async def close(session: WriteSession, event: groups_events.GroupEmptied) -> None:
    """Within: a chat without members is found by nobody; `service_emptied.delete_emptied` deletes it."""
    if event.kind == GROUP_KIND:
        await service_seats.close(session, chat_id=event.group_id)
