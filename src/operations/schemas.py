"""What probes get."""

from src.schemas import Output


class HealthRead(Output):
    """The answer of a server that is well."""

    status: str
