"""Settings of what several processes count together."""

from pydantic import SecretStr

from src.config import PackageSettings


class LimitsSettings(PackageSettings):
    """From the environment."""

    # A Redis through which the processes of one Hearth tell each other what they have counted; unset, each counts for
    # itself, which is right for one process.
    redis_url: SecretStr | None = None
