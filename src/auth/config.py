"""What an operator decides about accounts."""

from enum import StrEnum

from pydantic import Field, SecretStr

from src.config import PackageSettings


class RegistrationMode(StrEnum):
    """Who may sign up."""

    OPEN = "open"
    INVITATION = "invitation"
    CLOSED = "closed"


class SecondFactorDemand(StrEnum):
    """The least role that has to have a second factor."""

    NOBODY = "nobody"
    MODERATOR = "moderator"
    ADMIN = "admin"


class AuthSettings(PackageSettings):
    """The environment variables of this package."""

    registration: RegistrationMode = RegistrationMode.INVITATION
    email_required: bool = False
    # base64url, separated by commas, the one that signs first; unset, they are made in the data directory.
    signing_keys: SecretStr | None = None
    # What refresh tokens are derived from, base64url; goes with SIGNING_KEYS.
    refresh_secret: SecretStr | None = None
    # What is sealed in the database: base64url, separated by commas, the one that seals first.
    sealing_keys: SecretStr | None = None
    # Until they have one, people of that role and above are members only.
    totp_required_for: SecondFactorDemand = SecondFactorDemand.NOBODY
    invitation_days: int = Field(default=14, ge=1, le=365)
