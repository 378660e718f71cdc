"""The words and numbers of calls to other servers."""

from enum import StrEnum
from typing import Final


class ErrorCode(StrEnum):
    """Stable codes of this package's errors."""

    ADDRESS_REFUSED = "address_refused"
    HOST_UNREACHABLE = "host_unreachable"
    HOST_RESTING = "host_resting"
    ANSWER_TOO_LATE = "answer_too_late"
    ANSWER_TOO_LARGE = "answer_too_large"


MEBIBYTE: Final = 1024 * 1024
# One exchange, with looking up the name, all redirects and all repetitions.
SECONDS: Final = 10.0
MAX_BYTES: Final = MEBIBYTE
MAX_REDIRECTS: Final = 3
MAX_URL: Final = 4096
ATTEMPTS: Final = 3
FIRST_WAIT_SECONDS: Final = 0.2
# Of a host's addresses, so many are tried.
MAX_ADDRESSES: Final = 4
LOOK_UPS_AT_ONCE: Final = 8
PORTS: Final = frozenset({80, 443})

# So many failures in a row, and a host is left alone for a while; so many hosts are remembered.
FAILURES: Final = 5
REST_SECONDS: Final = 30.0
MAX_HOSTS: Final = 1000

# Of strangers' answers: so much is read at a time, so much may come before the body (interim answers, too), and so
# much more than its content may be sent for a body.
READ_BYTES: Final = 4096
HEAD_BYTES: Final = 48 * 1024
FRAMING: Final = 1.25
# A body may come in so many pieces, and one more for so many bytes that there is room for.
MAX_PIECES: Final = 256
BYTES_A_PIECE: Final = 64

CONNECTIONS: Final = 40
KEPT_CONNECTIONS: Final = 10
KEPT_SECONDS: Final = 30.0
