"""The table of what admins have decided about this server."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from src.auth import config as auth_config
from src.models import Base


class ServerSettings(Base):
    """One row, once anything has been decided."""

    __tablename__ = "server_settings"
    __table_args__ = (CheckConstraint("is_the_one", name="one_row"),)

    is_the_one: Mapped[bool] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    contact: Mapped[str] = mapped_column(Text)
    rules: Mapped[list[str]] = mapped_column(JSONB)
    # Null: what the environment says.
    registration: Mapped[auth_config.RegistrationMode | None] = mapped_column(Text)
    updated_at: Mapped[datetime]
