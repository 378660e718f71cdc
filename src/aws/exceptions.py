"""What can go wrong with S3.

Unavailable ── S3Unavailable
"""

from src.aws.constants import ErrorCode
from src.exceptions import Unavailable


class S3Unavailable(Unavailable):
    """S3 does not answer, refuses us, or answers with half of what it should: nobody's fault who asks Hearth."""

    code = ErrorCode.S3_UNAVAILABLE
    detail = "The file store does not answer; try again."


class ObjectMissing(Exception):
    """There is no object of this key."""
