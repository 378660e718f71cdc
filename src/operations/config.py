"""Settings of operations."""

from pydantic import Field

from src.config import PackageSettings


class OperationsSettings(PackageSettings):
    """From the environment."""

    # Seconds between the word to stop and the end of listening, in which `/health/ready` says no and requests are still
    # answered: as long as a balancer in front needs to notice. 0: stop listening at once.
    drain_seconds: float = Field(default=0, ge=0, le=60)
