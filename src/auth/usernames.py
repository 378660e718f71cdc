"""What a username may be. It is an address (`@name`, `/@name`), so words that the server could mean are kept back."""

import hashlib
import re
from enum import StrEnum

MINIMUM_LENGTH = 2
MAXIMUM_LENGTH = 30

_FORM = re.compile(r"[a-z0-9_]{2,30}")
# All words that stand in paths where a username can stand are among them (`tests/contract/test_usernames.py`).
_RESERVED = frozenset(
    """
    abuse account accounts admin administrator all anonymous api app archive assets auth authorize blog bot bots
    chat chats contact deleted demo docs edit everybody everyone explore favicon feed feeds film films follow
    follower followers following group groups guest habit habits health hearth help home host hostmaster info
    invitation invitations invite invites join legal list lists localhost login logout mail me media member members
    mention mentions message messages metrics mod moderation moderator moderators movie movies news no_reply nobody
    noreply notification notifications null oauth official openapi operator owner policy post postmaster posts
    privacy profile profiles public readme register registration relationships reminder robots root rss rules
    schedule search security server service session sessions settings setup share signin signout signup site staff
    static status stranger sudo superuser support system tag tags team telegram terms test timeline timelines
    undefined unknown user username users v1 v2 webmaster well_known world www you
    """.split()  # noqa: SIM905  a list would take a line for each word
)


class UsernameProblem(StrEnum):
    """Why a username may not be chosen; the values are stable codes."""

    FORM = "username_form"
    RESERVED = "username_reserved"

    @property
    def message(self) -> str:
        """The sentence for people."""
        return _MESSAGES[self]


_MESSAGES = {
    UsernameProblem.FORM: "A username has 2 to 30 of the signs a to z, 0 to 9 and _, and at least one is no _.",
    UsernameProblem.RESERVED: "This word is kept back for the server itself.",
}


def normal(text: str) -> str:
    """The username as it is stored and looked up: `Alice`, `@alice` and `ALICE` are one."""
    bare = text.strip().removeprefix("@")
    # Not for other scripts: lower() makes an ASCII k of the sign for kelvin.
    return bare.lower() if bare.isascii() else bare


def digest(username: str) -> bytes:
    """By what a name that is gone is known again: 32 bytes."""
    return hashlib.sha256(b"hearth username\0" + username.encode()).digest()


def problem_with(username: str) -> UsernameProblem | None:
    """Why this username, in its normal form, may not be chosen; None if it may."""
    if _FORM.fullmatch(username) is None or not username.strip("_"):
        return UsernameProblem.FORM
    if username.strip("_") in _RESERVED or username in _RESERVED:
        return UsernameProblem.RESERVED
    return None
