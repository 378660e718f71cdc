"""Whose hooks: who made one takes that along, and it stays the chat's when they are gone."""

from sqlalchemy import delete, or_, select, update

from src.chats import hook_models
from src.database import WriteSession
from src.feature import Statements

Hook = hook_models.ChatHook

TABLES = (Hook,)


def export(account_id: int) -> Statements:
    """The hooks that the account has made, and the one that it is the bot of; without what finds their codes."""
    columns = [column for column in Hook.__table__.columns if column is not Hook.__table__.c.digest]
    mine = or_(Hook.created_by_id == account_id, Hook.account_id == account_id)
    return {"chat_hooks": select(*columns).where(mine).order_by(Hook.id)}


async def erase(session: WriteSession, account_id: int) -> None:
    """Forgets who made the account's hooks."""
    for statement in (
        update(Hook).where(Hook.created_by_id == account_id).values(created_by_id=None),
        delete(Hook).where(Hook.account_id == account_id),
    ):
        await session.execute(statement.execution_options(synchronize_session=False))
