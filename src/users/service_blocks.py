"""Whom somebody blocks or mutes. Both are filters of every read, so they hold at once and are undone at once."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_
from sqlalchemy.dialects.postgresql import insert

from src import clock
from src.auth import callers as auth_callers
from src.database import ReadSession, WriteSession
from src.events import event as events
from src.models import id_at
from src.pagination import Paging, Slice, paginate
from src.users import events as users_events
from src.users import exceptions, models, queries, schemas, service_follows

Block = models.Block
Mute = models.Mute


async def block(
    session: WriteSession, *, caller: auth_callers.Caller, account_id: int, since: datetime | None = None
) -> bool:
    """Blocks a person: neither sees the other any more, and neither follows the other or asks to. Whether it is new.

    `since` is its date if that is not now, for what is brought along.

    Raises:
        UserIsYou: nobody blocks themselves.
        UserNotFound: one of the two is gone.
    """
    if account_id == caller.account_id:
        raise exceptions.UserIsYou
    await service_follows.lock_both(session, caller.account_id, account_id)
    values = {"id": id_at(since or clock.now()), "blocker_id": caller.account_id, "blocked_id": account_id}
    statement = insert(Block).values(**values).on_conflict_do_nothing().returning(Block.id)
    if (await session.execute(statement)).first() is None:
        return False
    await service_follows.sever(session, caller=caller, account_id=account_id)
    event = users_events.AccountBlocked(actor_id=caller.account_id, blocker_id=caller.account_id, blocked_id=account_id)
    events.publish(session, event)
    return True


async def unblock(session: WriteSession, *, caller: auth_callers.Caller, account_id: int) -> None:
    """Takes a block back; what it ended does not come back with it."""
    await session.execute(delete(Block).where(Block.blocker_id == caller.account_id, Block.blocked_id == account_id))


async def mute(
    session: WriteSession, *, caller: auth_callers.Caller, account_id: int, data: schemas.MuteCreate
) -> None:
    """Mutes a person for ever or for a time; whom the caller has muted before is muted anew.

    Raises:
        UserIsYou: nobody mutes themselves.
        MuteAlreadyOver: its end lies in the past.
        UserNotFound: one of the two is gone.
    """
    if account_id == caller.account_id:
        raise exceptions.UserIsYou
    now = clock.now()
    until = _end(data, now)
    await service_follows.lock_both(session, caller.account_id, account_id)
    values = {"id": id_at(now), "muter_id": caller.account_id, "muted_id": account_id, "until": until}
    statement = insert(Mute).values(**values)
    await session.execute(
        statement.on_conflict_do_update(index_elements=[Mute.muter_id, Mute.muted_id], set_={"until": until})
    )


async def mute_old(
    session: WriteSession, *, caller: auth_callers.Caller, account_id: int, since: datetime, until: datetime | None
) -> bool:
    """Mutes somebody as it was elsewhere, unless they are muted here or it would be over; whether it is new.

    Raises:
        UserIsYou: nobody mutes themselves.
        UserNotFound: one of the two is gone.
    """
    if account_id == caller.account_id:
        raise exceptions.UserIsYou
    if until is not None and until <= clock.now():
        return False
    await service_follows.lock_both(session, caller.account_id, account_id)
    values = {"id": id_at(since), "muter_id": caller.account_id, "muted_id": account_id, "until": until}
    statement = insert(Mute).values(**values).on_conflict_do_nothing().returning(Mute.id)
    return (await session.execute(statement)).first() is not None


async def unmute(session: WriteSession, *, caller: auth_callers.Caller, account_id: int) -> None:
    """Takes a mute back."""
    await session.execute(delete(Mute).where(Mute.muter_id == caller.account_id, Mute.muted_id == account_id))


async def blocked(session: ReadSession, *, caller: auth_callers.Caller, paging: Paging) -> Slice[Any]:
    """Whom the caller blocks, newest first, also those who are suspended; rows are for `queries.person_of`."""
    statement = queries.people().join(Block, Block.blocked_id == models.Profile.account_id)
    statement = statement.where(Block.blocker_id == caller.account_id)
    return await paginate(session, statement, key=Block.id, paging=paging)


async def muted(session: ReadSession, *, caller: auth_callers.Caller, paging: Paging) -> Slice[Any]:
    """Whom the caller mutes at present, newest first: rows for `queries.person_of`, with `until`."""
    statement = queries.people().add_columns(Mute.until).join(Mute, Mute.muted_id == models.Profile.account_id)
    statement = statement.where(Mute.muter_id == caller.account_id, or_(Mute.until.is_(None), Mute.until > clock.now()))
    return await paginate(session, statement, key=Mute.id, paging=paging)


def _end(data: schemas.MuteCreate, now: datetime) -> datetime | None:
    until = data.until if data.minutes is None else now + timedelta(minutes=data.minutes)
    if until is not None and until <= now:
        raise exceptions.MuteAlreadyOver
    return until
