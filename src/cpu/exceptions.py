"""What can go wrong with a call in a child process, besides what the function itself raises."""

from src.cpu.constants import ErrorCode
from src.exceptions import HearthError, InvalidInput


class CpuLimitExceeded(InvalidInput):
    """The call took more memory, CPU time or time than it may: its input asks for too much."""

    code = ErrorCode.CPU_LIMIT_EXCEEDED
    detail = "Handling this takes more memory or time than is allowed."


class CpuFailed(HearthError):
    """The child died in the call, or its result could not be taken."""

    code = ErrorCode.CPU_FAILED
    detail = "The server failed to handle this."
