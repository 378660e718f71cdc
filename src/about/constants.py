"""The sizes of what a server says of itself."""

from typing import Final

MAX_NAME: Final = 100
MAX_DESCRIPTION: Final = 5_000
MAX_CONTACT: Final = 254
MAX_RULES: Final = 50
MAX_RULE: Final = 500
