"""What has to be stored and read again, but not by who reads the database alone: sealed with a key beside it.

AES-256 in GCM with a fresh nonce each (NIST SP 800-38D), bound to what it is for, so that a sealed text that is moved
to another row does not open there. The keys stand in a file of the data directory, made at the first start (mode 0600),
or come from the environment. It is a file of its own: signing keys can be thrown away and made anew, but who loses
these loses what they have sealed.
"""

import contextlib
import hashlib
import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from src import files
from src.auth.exceptions import UnusableKeys

KEY_BYTES = 32
FILE = "sealing.keys"
_NONCE_BYTES = 12
_NAME_BYTES = 4


class Unsealable(Exception):
    """It was sealed with a key that is not here, or for something else."""


class Sealer:
    """Seals with the first key, opens with all of them."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Takes keys of 32 bytes or more.

        Raises:
            UnusableKeys: there is none, or one is too short.
        """
        if not keys:
            raise UnusableKeys("there is no key to seal with")
        if min(map(len, keys)) < KEY_BYTES:
            raise UnusableKeys(f"a key to seal with is shorter than {KEY_BYTES} bytes")
        derived = [hashlib.sha256(b"hearth seal\0" + key).digest() for key in keys]
        self._ciphers = {hashlib.sha256(b"name\0" + key).digest()[:_NAME_BYTES]: AESGCM(key) for key in derived}
        self._first = next(iter(self._ciphers))

    def seal(self, plain: bytes, *, purpose: str) -> bytes:
        """The bytes as they can be stored."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return self._first + nonce + self._ciphers[self._first].encrypt(nonce, plain, purpose.encode())

    def unseal(self, sealed: bytes, *, purpose: str) -> bytes:
        """The bytes as they were.

        Raises:
            Unsealable: the key is not here, or the purpose was another.
        """
        name, nonce, text = sealed[:_NAME_BYTES], sealed[_NAME_BYTES:][:_NONCE_BYTES], sealed[_NAME_BYTES:]
        cipher = self._ciphers.get(name)
        if cipher is None or len(nonce) != _NONCE_BYTES:
            raise Unsealable
        try:
            return cipher.decrypt(nonce, text[_NONCE_BYTES:], purpose.encode())
        except InvalidTag:
            raise Unsealable from None


def sealer_from_text(text: str) -> Sealer:
    """The sealer of the environment or of the file: base64url keys separated by commas or lines, the first one seals.

    Raises:
        UnusableKeys: one is none.
    """
    return Sealer([_decoded(part.strip()) for part in text.replace("\n", ",").split(",") if part.strip()])


def sealer_in(folder: Path) -> Sealer:
    """The sealer of a data directory, whose key is made if there is none; any number of processes may come at once.

    Raises:
        UnusableKeys: the file is damaged.
    """
    path = folder / FILE
    if not path.exists():
        _make(path)
    try:
        return sealer_from_text(path.read_text())
    except (UnusableKeys, UnicodeDecodeError):
        raise UnusableKeys(f"{path} is damaged: restore it from a backup; what it sealed cannot be read") from None


def _make(path: Path) -> None:
    """Puts a whole file in place, unless somebody else was faster."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(files.created(draft), "w") as file:
            file.write(urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode().rstrip("=") + "\n")
        files.flush(draft)
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    files.flush(path.parent)


def _decoded(text: str) -> bytes:
    bare = text.rstrip("=")
    try:
        key = urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except ValueError:
        key = b""
    if urlsafe_b64encode(key).decode().rstrip("=") != bare:
        raise UnusableKeys("a key to seal with is not base64url")
    return key
