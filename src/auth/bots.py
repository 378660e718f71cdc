"""Accounts of programs: whose they are, and what follows from that.

A bot acts through keys alone. It is suspended, restored and deleted with its owner, and stays a member. One without an
owner belongs to a thing, as the hook of a chat does: nothing acts through it but that thing.
"""

from collections.abc import Sequence

from sqlalchemy import BigInteger, CompoundSelect, Select, func, literal, select, union_all, update

from src.auth.constants import AccountState
from src.auth.models import Account, Bot
from src.database import ReadSession, WriteSession, exists


def of(owner_id: int) -> Select[int]:
    """The ids of somebody's bots."""
    return select(Bot.account_id).where(Bot.owner_id == owner_id)


def together(account_id: int) -> CompoundSelect[int]:
    """The ids of an account, of its owner if it is a bot, and of all bots of that person: what shares a quota."""
    own = literal(account_id, BigInteger)
    owner = func.coalesce(select(Bot.owner_id).where(Bot.account_id == account_id).scalar_subquery(), own)
    return union_all(select(own), select(owner), select(Bot.account_id).where(Bot.owner_id == owner))


def add(session: WriteSession, *, account_id: int, owner_id: int | None) -> None:
    """Notes that a new account is a bot, and whose."""
    session.add(Bot(account_id=account_id, owner_id=owner_id))


async def is_bot(session: ReadSession, *, account_id: int) -> bool:
    """Whether the account is one of a program."""
    return await exists(session, select(Bot.account_id).where(Bot.account_id == account_id))


async def suspend_with(session: WriteSession, *, owner_id: int) -> None:
    """Suspends the bots of somebody who is, but for those that are suspended already."""
    active = of(owner_id).join(Account, Account.id == Bot.account_id).where(Account.state == AccountState.ACTIVE)
    ids = (await session.scalars(active.order_by(Bot.account_id).with_for_update(key_share=True, of=Account))).all()
    await _set_state(session, ids, AccountState.SUSPENDED, with_owner=True)


async def restore_with(session: WriteSession, *, owner_id: int) -> None:
    """Restores those bots that were suspended because of their owner alone."""
    ids = (await session.scalars(of(owner_id).where(Bot.suspended_with_owner).order_by(Bot.account_id))).all()
    await _set_state(session, ids, AccountState.ACTIVE, with_owner=False)


async def stand_alone(session: WriteSession, *, account_id: int) -> None:
    """Whatever its state is, from now on it is the account's own, and nothing that comes of its owner's."""
    alone = update(Bot).where(Bot.account_id == account_id, Bot.suspended_with_owner).values(suspended_with_owner=False)
    await session.execute(alone)


async def mark_deleted_with(session: WriteSession, *, owner_id: int) -> list[int]:
    """Marks the bots of somebody who is gone; which these are."""
    mine = update(Account).where(Account.id.in_(of(owner_id)), Account.state != AccountState.DELETED)
    return list(await session.scalars(mine.values(state=AccountState.DELETED).returning(Account.id)))


async def _set_state(session: WriteSession, ids: Sequence[int], state: AccountState, *, with_owner: bool) -> None:
    if ids:
        known = (AccountState.ACTIVE, AccountState.SUSPENDED)
        await session.execute(update(Account).where(Account.id.in_(ids), Account.state.in_(known)).values(state=state))
        await session.execute(update(Bot).where(Bot.account_id.in_(ids)).values(suspended_with_owner=with_owner))
