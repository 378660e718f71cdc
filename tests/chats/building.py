"""People and chats written straight into the tables, for tests of what is below the routes."""

from collections.abc import Sequence
from uuid import uuid4

from sqlalchemy import insert, select

from src import clock
from src.auth import models as auth_models
from src.auth.constants import AccountState
from src.chats import message_models, models
from src.chats.constants import ChatKind
from src.chats.sending import Draft
from src.database import Database
from src.events import models as events_models
from src.groups import service as groups_service
from src.users import models as users_models


async def people(database: Database, number: int) -> list[int]:
    """So many accounts with profiles; their ids."""
    now = clock.now()
    async with database.write() as session:
        accounts = [
            auth_models.Account(
                username=f"member{place}", password_hash="", role=1, state=AccountState.ACTIVE, created_at=now
            )
            for place in range(number)
        ]
        session.add_all(accounts)
        await session.flush()
        session.add_all(
            users_models.Profile(account_id=account.id, display_name="", private=False, created_at=now)
            for account in accounts
        )
    return [account.id for account in accounts]


async def chat(database: Database, members: Sequence[int], **rules: object) -> int:
    """A chat of these people, the first its owner; `rules` are columns of it."""
    columns = {"kind": ChatKind.GROUP, "is_public": False, "is_read_only": False, "slow_mode_seconds": 0} | rules
    async with database.write() as session:
        is_direct = columns["kind"] is ChatKind.DIRECT
        group = await groups_service.found(
            session, kind="chat", owner_id=members[0], others=members[1:], is_fixed=is_direct
        )
        if is_direct:
            columns |= {"low_id": min(members), "high_id": max(members)}
        session.add(models.Chat(id=group.id, latest_id=group.id, last_seq=0, last_ev=0, **columns))
        await session.flush()
        seats = [{"chat_id": group.id, "account_id": account_id, "read_seq": 0} for account_id in members]
        await session.execute(insert(models.Seat), seats)
    return group.id


def draft(chat_id: int, sender_id: int, text: str = "hello", **more: object) -> Draft:
    """A plain message with a client id of its own."""
    values = {"cid": uuid4(), "digest": hash(text)} | more
    return Draft(chat_id=chat_id, sender_id=sender_id, text=text, **values)  # type: ignore[arg-type]


async def log(database: Database, chat_id: int) -> list[tuple[int, int | None, str]]:
    """The messages of a chat: number, sender, text, in their order."""
    message = message_models.Message
    statement = select(message.seq, message.sender_id, message.text).where(message.chat_id == chat_id)
    async with database.read() as session:
        return [(seq, sender, text) for seq, sender, text in await session.execute(statement.order_by(message.seq))]


async def entries(database: Database, chat_id: int) -> list[tuple[int | None, str]]:
    """The events of a chat's stream: number and type, in their order."""
    row = events_models.OutboxRow
    statement = select(row.ev, row.type).where(row.stream == f"chat:{chat_id}").order_by(row.ev)
    async with database.read() as session:
        return [(ev, kind) for ev, kind in await session.execute(statement)]
