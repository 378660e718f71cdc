"""The words and numbers of the S3 client."""

from enum import StrEnum
from typing import Final


class ErrorCode(StrEnum):
    """Stable codes of this package's errors."""

    S3_UNAVAILABLE = "s3_unavailable"


MEBIBYTE: Final = 1024 * 1024
# Threads that wait for S3 at the same time, and connections for them.
AT_ONCE: Final = 16
# People wait behind most calls: one that is answered by nobody fails in some ten seconds. What nobody waits for is
# a task or job, which comes again by itself.
CONNECT_SECONDS: Final = 2
READ_SECONDS: Final = 5
ATTEMPTS: Final = 2
# A bigger file goes up in parts; S3 itself takes no part below 5 MiB, except the last one.
PART_BYTES: Final = 8 * MEBIBYTE
# What one hand-over from S3's thread to the event loop carries.
CHUNK_BYTES: Final = 256 * 1024
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
MAX_DELETE: Final = 1000
