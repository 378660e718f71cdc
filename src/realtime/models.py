"""The tables of realtime: people's own streams, who is there, and what tells one set of data from another."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Integer, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from src.models import Base


class PersonalStream(Base):
    """One person's own stream; made when they first read it, and written only while they do now and then."""

    __tablename__ = "personal_streams"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True, autoincrement=False)
    last_ev: Mapped[int]
    seen_at: Mapped[datetime]
    # Whether others are not told when this person is there.
    is_hidden: Mapped[bool] = mapped_column(server_default=false())


class Presence(Base):
    """When an account last had an open socket. A crash of the database empties it, and half a minute fills it again."""

    __tablename__ = "presence"
    __table_args__ = ({"prefixes": ["UNLOGGED"]},)

    account_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seen_at: Mapped[datetime]


class SocketCount(Base):
    """How many sockets a process had when it last said so, those who follow over plain HTTP among them."""

    __tablename__ = "socket_counts"
    __table_args__ = ({"prefixes": ["UNLOGGED"]},)

    process: Mapped[str] = mapped_column(Text, primary_key=True)
    sockets: Mapped[int] = mapped_column(Integer)
    seen_at: Mapped[datetime]


class StreamEpoch(Base):
    """One row with a random word: clients that know another one have read other data, as before a restore."""

    __tablename__ = "stream_epochs"
    __table_args__ = (CheckConstraint("is_the_one", name="one_row"),)

    is_the_one: Mapped[bool] = mapped_column(primary_key=True)
    epoch: Mapped[str] = mapped_column(Text)
