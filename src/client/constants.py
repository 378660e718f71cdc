"""The numbers of a client: what it waits for, how long, and how much it keeps."""

from typing import Final

PROTOCOL: Final = 1
SUBPROTOCOL: Final = "hearth.v1.json"
SOCKET_PATH: Final = "/v1/ws"

# An entry that comes too early is held so long for those before it; then they are asked for.
HOLD_SECONDS: Final = 0.3
# Entries of one stream that are held; what comes beyond them is asked for later.
MAX_HELD: Final = 500
# Streams whose positions are sent along with hello; the server takes no more.
MAX_HEADS: Final = 200
# Entries asked for at once, and questions of that kind under way.
PAGE: Final = 200
QUESTIONS: Final = 4
# News that wait for whoever reads them; beyond that entries are left out and asked for once there is room.
MAX_NEWS: Final = 2000

# Waits between two attempts to connect: a random part of the first, then of twice as much each time.
FIRST_WAIT_SECONDS: Final = 0.5
MOST_WAIT_SECONDS: Final = 30.0
# Sending something ends such a wait, once it has lasted so long.
HASTE_SECONDS: Final = 1.0
# A socket that has lasted so long was a good one: the next wait is a short one again.
LASTING_SECONDS: Final = 5.0
# For connecting, and for the answer to hello.
OPEN_SECONDS: Final = 10.0
ANSWER_SECONDS: Final = 30.0
# How much later than every ping interval something has to come.
SILENCE_SECONDS: Final = 10.0
# A new token is asked for so long before the old one ends, and not more often than this.
REFRESH_BEFORE_SECONDS: Final = 60.0
REFRESH_EVERY_SECONDS: Final = 15.0
# A send that may be repeated only after so long is given up.
PATIENCE_SECONDS: Final = 30.0
# Before the server has said what it takes: frames a second and at once, requests under way, bytes of a frame.
RATE: Final = 10.0
BURST: Final = 20
IN_FLIGHT: Final = 8
FRAME_BYTES: Final = 64 * 1024
# The code of what is refused before it is sent.
TOO_LONG: Final = "request_too_long"
# No frame of a server comes near it.
MAX_FRAME_BYTES: Final = 16 * 1024 * 1024

# Close codes after which the same would only happen again: bad frame, forbidden, no hello, replaced, too big.
TERMINAL: Final = frozenset({4400, 4403, 4404, 4409, 4413})
EXPIRED: Final = 4401
FORBIDDEN: Final = 4403

# The bodies of answers over HTTP: a page of history is larger than other answers.
MAX_ANSWER_BYTES: Final = 16 * 1024 * 1024
