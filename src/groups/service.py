"""Who belongs to which group: found, join, leave, send away, rank.

Whoever changes a group locks its row first, so all that is decided about one happens one after the other: the last
place is given once, a group that has members has exactly one owner, and nobody acts by a role that they have lost.
Whoever adds people has locked their profiles before, in the order of `users`: a block counts from its commit on.

`by_id` is who does it; for `SERVER` no role and no block is asked.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import BigInteger, case, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from src import clock
from src.auth import bots as auth_bots
from src.auth import models as auth_models
from src.auth.constants import AccountState
from src.config import of
from src.database import ReadSession, WriteSession, exists
from src.events import event
from src.groups import events, exceptions, models
from src.groups import kinds as groups_kinds
from src.groups.config import GroupsSettings
from src.groups.constants import SERVER, Departure, GroupRole
from src.models import id_at
from src.users import exceptions as users_exceptions
from src.users import models as users_models
from src.users import queries as users_queries
from src.users import service_follows, visibility

Group, Member, Ban, Invite = models.Group, models.GroupMember, models.GroupBan, models.GroupInvite


async def found(
    session: WriteSession, *, kind: str, owner_id: int, others: Sequence[int] = (), is_fixed: bool = False
) -> models.Group:
    """A new group of the owner and others; no event tells of it.

    Args:
        session: the unit of work.
        kind: the name of a `GroupKind`.
        owner_id: who founds it; in a fixed group a member like the others.
        others: who else belongs to it from the beginning.
        is_fixed: nobody will ever join or leave.

    Raises:
        UserNotFound, UserIsBlocked: of `users`; the owner cannot add one of the others.
        GroupIsFull: they are more than a group may have.
    """
    added = set(others) - {owner_id}
    if len(added) >= of(GroupsSettings).group_max_members:
        raise exceptions.GroupIsFull
    await _meet(session, owner_id, added)
    now = clock.now()
    group = Group(
        id=await session.scalar(select(id_at(now))), kind=kind, is_fixed=is_fixed, members_count=1 + len(added)
    )
    session.add(group)
    await session.flush()
    account_id = func.unnest(literal([owner_id, *sorted(added)], ARRAY(BigInteger))).column_valued()
    owner = GroupRole.MEMBER if is_fixed else GroupRole.OWNER
    role = case((account_id == owner_id, int(owner)), else_=int(GroupRole.MEMBER))
    rows = select(literal(group.id, BigInteger), account_id, role, literal(now))
    await session.execute(insert(Member).from_select(["group_id", "account_id", "role", "since"], rows))
    return group


async def join(session: WriteSession, *, group_id: int, account_id: int, by_id: int) -> bool:
    """Somebody belongs to the group from now on; whether they did not before.

    By themselves (`by_id` is the same) or by the server, which the caller of this function has permitted; or else as
    `add`.

    Raises:
        GroupNotFound: it is not there, or has been left by all.
        GroupIsFixed, GroupIsFull: nobody can join.
        BannedFromGroup, MemberIsBanned: the person is banned, and joins or is brought by the server.
    """
    if by_id not in {SERVER, account_id}:
        return await add(session, group_id=group_id, account_id=account_id, by_id=by_id)
    group = await hold(session, group_id=group_id)
    return await enter(session, group, account_id=account_id, by_id=by_id)


async def add(session: WriteSession, *, group_id: int, account_id: int, by_id: int) -> bool:
    """An admin adds somebody to the group; whether they did not belong to it before.

    Raises:
        UserNotFound, UserIsBlocked: of `users`; the admin cannot add this person.
        GroupNotFound: who adds does not belong to it.
        GroupIsFixed, GroupIsFull: nobody can join.
        RoleTooLow: who adds is no admin.
        MemberIsBanned: the person is banned.
    """
    await _meet(session, by_id, {account_id} - {by_id})
    group = await hold(session, group_id=group_id)
    await require(session, group_id=group_id, by_id=by_id, least=GroupRole.ADMIN)
    return await enter(session, group, account_id=account_id, by_id=by_id)


async def leave(session: WriteSession, *, group_id: int, account_id: int) -> None:
    """Belongs to the group no more. An owner is followed by the oldest admin, or else by the oldest member.

    Bots follow nobody: with the last person they leave as well.

    Raises:
        GroupNotFound: the person does not belong to it.
        GroupIsFixed: nobody leaves.
    """
    group = await hold(session, group_id=group_id)
    roles = await _roles(session, group_id, {account_id})
    if account_id not in roles:
        raise exceptions.GroupNotFound
    await depart(session, group, account_id=account_id, by_id=account_id, how=Departure.LEFT)


async def remove(session: WriteSession, *, group_id: int, account_id: int, by_id: int) -> bool:
    """Sends a member of a lower role away, who may come back; whether there was anybody to send.

    Raises:
        GroupNotFound: who sends does not belong to it.
        GroupIsFixed: nobody leaves.
        RoleTooLow: who sends is no admin, or stands no higher than the member.
    """
    group = await hold(session, group_id=group_id)
    role = await _outranked(session, group_id, account_id, by_id)
    if role is not None:
        await depart(session, group, account_id=account_id, by_id=by_id, how=Departure.REMOVED)
    return role is not None


async def ban(session: WriteSession, *, group_id: int, account_id: int, by_id: int) -> bool:
    """Keeps somebody out of the group until that is taken back, and sends them away if they belong to it.

    Returns:
        Whether they were not banned already.

    Raises:
        GroupNotFound: who bans does not belong to it.
        GroupIsFixed: nobody comes or leaves.
        RoleTooLow: who bans is no admin, or stands no higher than the member.
        UserNotFound: there is nobody of this id.
    """
    group = await hold(session, group_id=group_id)
    role = await _outranked(session, group_id, account_id, by_id)
    profile = select(users_models.Profile.account_id).where(users_models.Profile.account_id == account_id)
    if not await exists(session, profile):
        raise users_exceptions.UserNotFound
    values = {"group_id": group_id, "account_id": account_id, "by_id": by_id or None, "at": clock.now()}
    banned = insert(Ban).values(**values).on_conflict_do_nothing().returning(Ban.account_id)
    is_new = (await session.scalars(banned)).one_or_none() is not None
    if role is not None:
        await depart(session, group, account_id=account_id, by_id=by_id, how=Departure.BANNED)
    return is_new


async def unban(session: WriteSession, *, group_id: int, account_id: int, by_id: int) -> bool:
    """Takes a ban back, which lets the person join again but does not bring them back; whether there was one.

    Raises:
        GroupNotFound: who takes it back does not belong to the group.
        GroupIsFixed: nobody comes or leaves.
        RoleTooLow: who takes it back is no admin.
    """
    await hold(session, group_id=group_id)
    await require(session, group_id=group_id, by_id=by_id, least=GroupRole.ADMIN)
    lifted = delete(Ban).where(Ban.group_id == group_id, Ban.account_id == account_id).returning(Ban.account_id)
    return (await session.scalars(lifted)).one_or_none() is not None


async def set_role(session: WriteSession, *, group_id: int, account_id: int, role: GroupRole, by_id: int) -> bool:
    """Makes an admin of a member or a member of an admin, as the owner; whether that changed anything.

    Raises:
        GroupNotFound: who decides does not belong to the group.
        GroupIsFixed: nobody has a say over others.
        RoleTooLow: who decides is not the owner.
        MemberNotFound: the person does not belong to it.
        OwnerStays: the person is the owner, or shall become it: see `transfer`.
    """
    group = await hold(session, group_id=group_id)
    await require(session, group_id=group_id, by_id=by_id, least=GroupRole.OWNER)
    present = (await _roles(session, group_id, {account_id})).get(account_id)
    if present is None:
        raise exceptions.MemberNotFound
    if present is not role:
        if GroupRole.OWNER in {present, role}:
            raise exceptions.OwnerStays
        await _rank(session, group, account_id, role, by_id)
    return present is not role


async def transfer(session: WriteSession, *, group_id: int, account_id: int, by_id: int) -> None:
    """Makes a member the owner; who was that becomes an admin.

    Raises:
        GroupNotFound: who decides does not belong to the group.
        GroupIsFixed: nobody owns it.
        RoleTooLow: who decides is not the owner.
        MemberNotFound: the person does not belong to it.
        MemberIsBot: it is no person.
    """
    group = await hold(session, group_id=group_id)
    await require(session, group_id=group_id, by_id=by_id, least=GroupRole.OWNER)
    present = (await _roles(session, group_id, {account_id})).get(account_id)
    if present is None:
        raise exceptions.MemberNotFound
    if present is not GroupRole.OWNER:
        if await auth_bots.is_bot(session, account_id=account_id):
            raise exceptions.MemberIsBot
        owned = select(Member.account_id).where(Member.group_id == group_id, Member.role == GroupRole.OWNER)
        await _rank(session, group, (await session.scalars(owned)).one(), GroupRole.ADMIN, by_id)
        await _rank(session, group, account_id, GroupRole.OWNER, by_id)


async def dissolve(session: WriteSession, *, group_id: int) -> None:
    """Deletes a group with all that belongs to it, without a word: after its founder's rows that refer to it."""
    await session.execute(select(Group.id).where(Group.id == group_id).with_for_update())
    for model in (Invite, Ban, Member):
        await session.execute(delete(model).where(model.group_id == group_id))
    await session.execute(delete(Group).where(Group.id == group_id))


async def hold(session: WriteSession, *, group_id: int) -> models.Group:
    """The group, locked: until the end of the unit of work nobody else changes who belongs to it.

    Raises:
        GroupNotFound: it is not there.
        GroupIsFixed: who belongs to it cannot change.
    """
    # NO KEY UPDATE: rows that refer to the group can be written meanwhile.
    statement = select(Group).where(Group.id == group_id).with_for_update(key_share=True)
    group = (await session.scalars(statement.execution_options(populate_existing=True))).one_or_none()
    if group is None:
        raise exceptions.GroupNotFound
    if group.is_fixed:
        raise exceptions.GroupIsFixed
    return group


async def require(session: ReadSession, *, group_id: int, by_id: int, least: GroupRole) -> GroupRole:
    """What `by_id` may do in the group, which is no less than asked for. The server may do all.

    Raises:
        GroupNotFound: they do not belong to it.
        RoleTooLow: they do, but may not.
    """
    if by_id == SERVER:
        return GroupRole.OWNER
    role = (await _roles(session, group_id, {by_id})).get(by_id)
    if role is None:
        raise exceptions.GroupNotFound
    if role < least:
        raise exceptions.RoleTooLow
    return role


async def address(session: WriteSession, *, kinds: groups_kinds.GroupKinds, group_id: int, by_id: int) -> None:
    """Lets a member pass who may write to all of the group; they belong to it until the end of the unit of work.

    Raises:
        GroupNotFound: they do not belong to it.
        RoleTooLow: they do, but may only read.
    """
    mine = select(Member.role, Group.kind).join(Group, Group.id == Member.group_id)
    mine = mine.where(Member.group_id == group_id, Member.account_id == by_id)
    row = (await session.execute(mine.with_for_update(read=True, of=Member))).one_or_none()
    if row is None:
        raise exceptions.GroupNotFound
    kind = groups_kinds.find(kinds, row.kind)
    if kind is not None and row.role < await kind.least_to_address(session, group_id):
        raise exceptions.RoleTooLow


async def enter(session: WriteSession, group: models.Group, *, account_id: int, by_id: int) -> bool:
    """Writes a new member of a group that is held, whom nothing but a ban or the lack of a place keeps out.

    Raises:
        GroupNotFound, GroupIsFull, BannedFromGroup, MemberIsBanned: as `join`.
    """
    if account_id in await _roles(session, group.id, {account_id}):
        return False
    if await exists(session, select(Ban.at).where(Ban.group_id == group.id, Ban.account_id == account_id)):
        raise exceptions.BannedFromGroup if by_id == account_id else exceptions.MemberIsBanned
    if group.members_count == 0:
        raise exceptions.GroupNotFound
    if group.members_count >= of(GroupsSettings).group_max_members:
        raise exceptions.GroupIsFull
    values = {"group_id": group.id, "account_id": account_id, "role": GroupRole.MEMBER, "since": clock.now()}
    await session.execute(insert(Member).values(**values))
    group.members_count += 1
    await session.flush()
    joined = events.MemberJoined(actor_id=by_id, group_id=group.id, kind=group.kind, account_id=account_id)
    event.publish(session, joined)
    return True


async def depart(session: WriteSession, group: models.Group, *, account_id: int, by_id: int, how: Departure) -> None:
    """Takes a member out of a group that is held, and sees to it that it has an owner or is over."""
    gone = delete(Member).where(Member.group_id == group.id, Member.account_id == account_id).returning(Member.role)
    role = (await session.scalars(gone.execution_options(synchronize_session=False))).one()
    await _void_invites(session, group.id, account_id)
    group.members_count -= 1
    left = events.MemberLeft(actor_id=by_id, group_id=group.id, kind=group.kind, account_id=account_id, how=how)
    event.publish(session, left)
    if group.members_count == 0:
        event.publish(session, events.GroupEmptied(actor_id=by_id, group_id=group.id, kind=group.kind))
    elif role is GroupRole.OWNER:
        successor_id = await _successor(session, group.id)
        if successor_id is None:
            await _dismiss_bots(session, group)
        else:
            await _rank(session, group, successor_id, GroupRole.OWNER, by_id)
    await session.flush()


async def _dismiss_bots(session: WriteSession, group: models.Group) -> None:
    """Those that are left when the last person has gone leave, too; nobody would ever end the group."""
    left = select(Member.account_id).where(Member.group_id == group.id).order_by(Member.account_id)
    for account_id in (await session.scalars(left)).all():
        await depart(session, group, account_id=account_id, by_id=SERVER, how=Departure.LEFT)


async def _successor(session: ReadSession, group_id: int) -> int | None:
    """The oldest admin, or else the oldest member; of those who can act, if there are any. None: no person is left."""
    account, profile = auth_models.Account, users_models.Profile
    statement = (
        select(Member.account_id)
        .join(account, account.id == Member.account_id)
        .join(profile, profile.account_id == Member.account_id)
        .where(Member.group_id == group_id, ~profile.is_bot)
        .order_by((account.state == AccountState.ACTIVE).desc(), Member.role.desc(), Member.since, Member.account_id)
    )
    return (await session.scalars(statement.limit(1))).one_or_none()


async def _rank(session: WriteSession, group: models.Group, account_id: int, role: GroupRole, by_id: int) -> None:
    ranked = update(Member).where(Member.group_id == group.id, Member.account_id == account_id).values(role=role)
    await session.execute(ranked.execution_options(synchronize_session=False))
    if role < GroupRole.ADMIN:
        await _void_invites(session, group.id, account_id)
    changed = events.RoleChanged(actor_id=by_id, group_id=group.id, kind=group.kind, account_id=account_id, role=role)
    event.publish(session, changed)


async def _void_invites(session: WriteSession, group_id: int, account_id: int) -> None:
    mine = delete(Invite).where(Invite.group_id == group_id, Invite.created_by_id == account_id)
    await session.execute(mine.execution_options(synchronize_session=False))


async def _outranked(session: ReadSession, group_id: int, account_id: int, by_id: int) -> GroupRole | None:
    """The role of somebody over whom an admin decides; None if they do not belong to the group.

    Raises:
        GroupNotFound, RoleTooLow: as `require`; also if the person stands as high as who decides.
    """
    rank = await require(session, group_id=group_id, by_id=by_id, least=GroupRole.ADMIN)
    role = (await _roles(session, group_id, {account_id})).get(account_id)
    if role is not None and by_id != SERVER and role >= rank:
        raise exceptions.RoleTooLow
    return role


async def _roles(session: ReadSession, group_id: int, account_ids: Collection[int]) -> dict[int, GroupRole]:
    statement = select(Member.account_id, Member.role).where(
        Member.group_id == group_id, users_queries.among(Member.account_id, account_ids)
    )
    return {row.account_id: row.role for row in await session.execute(statement)}


async def _meet(session: WriteSession, by_id: int, account_ids: Collection[int]) -> None:
    """Lets those pass whom a person can add to a group; nobody blocks anybody of them until the end.

    Raises:
        UserNotFound: somebody is gone, suspended or blocks the person.
        UserIsBlocked: the person blocks somebody.
    """
    if not account_ids:
        return
    locked = await service_follows.lock(session, [by_id, *account_ids])
    if not {by_id, *account_ids} <= locked.keys():
        raise users_exceptions.UserNotFound
    account_id = users_models.Profile.account_id
    statement = select(
        visibility.profile_visible_to(by_id, account_id).label("visible"),
        visibility.blocks(by_id, account_id).label("blocking"),
    ).where(users_queries.among(account_id, account_ids))
    rows = (await session.execute(statement)).all()
    if not all(row.visible for row in rows):
        raise users_exceptions.UserNotFound
    if any(row.blocking for row in rows):
        raise users_exceptions.UserIsBlocked
