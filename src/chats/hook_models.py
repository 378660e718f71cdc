"""The table of hooks."""

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from src.models import Identified


class ChatHook(Identified):
    """Lets a program write into a chat without signing in: whoever has its code may. It belongs to the chat.

    Once it has ended, the row says for as long as the chat lives which account its messages are from.
    """

    __tablename__ = "chat_hooks"
    __table_args__ = (Index("ix_chat_hooks_chat_id_id", "chat_id", "id"),)

    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"))
    # The bot that writes, a member of the chat as long as the hook is good.
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), unique=True)
    # Null once that account is gone.
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    # Of the code; null: it has ended.
    digest: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
