"""Passwords: how they are kept, checked and chosen. The only module that touches passlib.

Kept as argon2id with the parameters of the OWASP password storage cheat sheet (19 MiB, two passes, one lane: some
20 ms of a processor), which is why the work runs in threads of its own: a crowd that signs in waits for itself, not
the rest of the server for it.
"""

import asyncio
import gzip
import os
import secrets
import sys
import threading
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeVar

from passlib.context import CryptContext

from src.auth.exceptions import PasswordsBusy

# 19 is the least priority, 0 the usual one.
_NICE = 10
MINIMUM_LENGTH = 8
MAXIMUM_LENGTH = 256
"""Both in code points, as typed: nothing is cut, folded or normalised before it is hashed."""

PRODUCT = "hearth"
MEMORY_KIB = 19_456
PASSES = 2
LANES = 1

_CONTEXT = CryptContext(
    schemes=["argon2"],
    argon2__type="ID",
    argon2__memory_cost=MEMORY_KIB,
    argon2__time_cost=PASSES,
    argon2__parallelism=LANES,
)
_COMMON_PASSWORDS = Path(__file__).with_name("data") / "common_passwords.txt.gz"

T = TypeVar("T")


class PasswordProblem(StrEnum):
    """Why a password may not be chosen; the values are stable codes."""

    NOT_TEXT = "password_not_text"
    TOO_SHORT = "password_too_short"
    TOO_LONG = "password_too_long"
    TOO_PERSONAL = "password_too_personal"
    TOO_COMMON = "password_too_common"

    @property
    def message(self) -> str:
        """The sentence for people; it never repeats the password."""
        return _MESSAGES[self]


_MESSAGES = {
    PasswordProblem.NOT_TEXT: "The password contains characters that are no text.",
    PasswordProblem.TOO_SHORT: f"The password must have at least {MINIMUM_LENGTH} characters.",
    PasswordProblem.TOO_LONG: f"The password must have at most {MAXIMUM_LENGTH} characters.",
    PasswordProblem.TOO_PERSONAL: "The password is made of your own name or address, or of this server's name.",
    PasswordProblem.TOO_COMMON: "Many people use this password, so it is among the first that are guessed.",
}


class Verdict(NamedTuple):
    """Whether the password was right, and the hash to store instead when the parameters have risen since."""

    ok: bool
    new_hash: str | None


_REFUSED = Verdict(ok=False, new_hash=None)


@cache
def _hash_of_nobody() -> str:
    """The hash of a password that nobody knows, one a process."""
    return _CONTEXT.hash(secrets.token_urlsafe(32))


class Hasher:
    """Hashes and checks passwords in threads, so many at once and so many waiting; made once a runtime.

    Args:
        limit: passwords worked on at once, 19 MiB each; by default the processors, and two at least.
        waiting: how many more may wait for their turn before `PasswordsBusy` is raised.
    """

    def __init__(self, *, limit: int | None = None, waiting: int = 64) -> None:
        limit = max(2, os.cpu_count() or 2) if limit is None else limit
        self._threads = ThreadPoolExecutor(limit, "passwords", initializer=_step_back)
        self._room = limit + waiting
        self._present = 0
        # What an unknown account's password is compared with; made here so that no request pays for it.
        self._nobody = _hash_of_nobody()

    async def hash_password(self, password: str) -> str:
        """The hash to store for a password that `problem_with` has passed; raises `PasswordsBusy`."""
        return await self._in_thread(_CONTEXT.hash, password)

    async def verify(self, password: str, stored: str | None) -> Verdict:
        """Whether the password belongs to the stored hash; raises `PasswordsBusy`.

        `stored` is None for an account that does not exist or has no password: the answer is no, after the same
        work. A text that could never have been chosen as a password is treated alike.
        """
        if stored is None or len(password) > MAXIMUM_LENGTH or not _is_text(password):
            await self._in_thread(_CONTEXT.verify, "", self._nobody)
            return _REFUSED
        ok, new_hash = await self._in_thread(_CONTEXT.verify_and_update, password, stored)
        return Verdict(ok, new_hash)

    async def _in_thread(self, work: Callable[..., T], *arguments: str) -> T:
        # The pool's own queue knows no bound.
        if self._present >= self._room:
            raise PasswordsBusy
        self._present += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        finally:
            self._present -= 1


def _step_back() -> None:
    """Lets requests go first where the processor is short; on Linux a priority belongs to a thread."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)


def problem_with(password: str, *, context: Collection[str]) -> PasswordProblem | None:
    """Why this password may not be chosen, or None; of several reasons the first in the enum's order.

    Args:
        password: as the person typed it.
        context: what others know of them: username, e-mail address, display name, the site's name; as they stand,
            empty ones included. The product's own name is always among them.
    """
    if not _is_text(password):
        return PasswordProblem.NOT_TEXT
    if len(password) < MINIMUM_LENGTH:
        return PasswordProblem.TOO_SHORT
    if len(password) > MAXIMUM_LENGTH:
        return PasswordProblem.TOO_LONG
    folded = password.casefold()
    if _is_personal(folded, context):
        return PasswordProblem.TOO_PERSONAL
    if _is_common(folded):
        return PasswordProblem.TOO_COMMON
    return None


def _is_text(password: str) -> bool:
    """Whether it can be stored and encoded: no NUL, no lone surrogate."""
    return not any(character == "\0" or "\ud800" <= character <= "\udfff" for character in password)


def _is_common(folded: str) -> bool:
    """Whether it is in the list, also with some digits and signs around it (`Dragon2024!`)."""
    common = _common_passwords()
    core = folded.strip("".join(character for character in set(folded) if not character.isalpha()))
    return folded in common or (core in common and len(folded) - len(core) < MINIMUM_LENGTH)


def _is_personal(folded: str, context: Collection[str]) -> bool:
    """Whether its letters are nothing but context words and what stands between them would be no password alone."""
    folded_context = {word.casefold() for word in context}
    if folded in folded_context:
        return True
    words = {part for word in folded_context for part in _letters(word).split()} | {PRODUCT}
    letters = _letters(folded).replace(" ", "")
    others = "".join(character for character in folded if not character.isalpha())
    weak_alone = len(others) < MINIMUM_LENGTH or others in _common_passwords()
    return bool(letters) and weak_alone and _is_made_of(letters, words)


def _letters(text: str) -> str:
    """The text with a space for each character that is no letter."""
    return "".join(character if character.isalpha() else " " for character in text)


def _is_made_of(text: str, words: Collection[str]) -> bool:
    """Whether the text is one of the words or several in a row; a regular expression could be made to take ages."""
    ends = {0}
    for start in range(len(text)):
        if start in ends:
            ends.update(start + len(word) for word in words if text.startswith(word, start))
    return len(text) in ends


@cache
def _common_passwords() -> frozenset[str]:
    with gzip.open(_COMMON_PASSWORDS, "rt", encoding="utf-8") as file:
        return frozenset(file.read().split("\n"))
