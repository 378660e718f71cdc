"""Steps that tests of groups share."""

import json
from collections.abc import Sequence

import httpx
from sqlalchemy import select

from src.events.models import OutboxRow
from src.groups import checks, models, service
from src.groups.constants import GroupRole
from tests.hearth import Hearth, Person, patiently

CIRCLE = "circle"
Roles = dict[int, GroupRole]
M, A, O = GroupRole.MEMBER, GroupRole.ADMIN, GroupRole.OWNER  # noqa: E741  as they stand in tables


async def circle(
    hearth: Hearth, owner: Person, *others: Person, admins: Sequence[Person] = (), is_fixed: bool = False
) -> int:
    """The id of a new group."""
    async with hearth.database.write() as session:
        ids = [person.id for person in (*others, *admins)]
        group = await service.found(session, kind=CIRCLE, owner_id=owner.id, others=ids, is_fixed=is_fixed)
        for admin in admins:
            await service.set_role(session, group_id=group.id, account_id=admin.id, role=A, by_id=owner.id)
    return group.id


async def roles(hearth: Hearth, group_id: int) -> Roles:
    """Who belongs to the group, and as what."""
    member = models.GroupMember
    async with hearth.database.read() as session:
        rows = await session.execute(select(member.account_id, member.role).where(member.group_id == group_id))
        return {row.account_id: row.role for row in rows}


async def told(hearth: Hearth, group_id: int, *, since: int = 0) -> list[dict[str, object]]:
    """The events of the group, in the order of their publication, from that number on."""
    statement = select(OutboxRow.type, OutboxRow.actor_id, OutboxRow.payload).where(
        OutboxRow.type.startswith("groups."), OutboxRow.payload["group_id"].astext == str(group_id)
    )
    async with hearth.database.read() as session:
        rows = (await session.execute(statement.order_by(OutboxRow.gid))).all()
    found = []
    for row in rows[since:]:
        payload = json.loads(row.payload) if isinstance(row.payload, str) else dict(row.payload)
        kept = {name: value for name, value in payload.items() if name in {"account_id", "how", "role"}}
        found.append({"type": row.type.removeprefix("groups."), "by": row.actor_id, **kept})
    return found


async def send(person: Person, method: str, path: str, body: object = None) -> httpx.Response:
    """The answer, as `patiently` has it."""
    return await patiently(person, method, f"/v1/{path}", body)


async def nothing_is_wrong(hearth: Hearth) -> None:
    """Recounts all groups."""
    async with hearth.database.read() as session:
        assert await checks.members(session) == []
