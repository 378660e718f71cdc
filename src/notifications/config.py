"""Settings of notifications."""

from pydantic import Field

from src.config import PackageSettings


class NotificationsSettings(PackageSettings):
    """From the environment."""

    # Days after which a notification is forgotten: one that was read, and one that nobody has read.
    notifications_kept_days: int = Field(default=90, ge=1, le=3650)
    notifications_unread_kept_days: int = Field(default=365, ge=1, le=3650)
