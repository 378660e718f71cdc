"""The server's own secrets: the keys that sign access tokens, and the one that refresh tokens are derived from.

They stand in a file of the data directory (mode 0600, made at the first start, shared by all processes of the
machine) or come from the environment. One key signs; the one before it is still good for as long as a token that it
signed can live. The refresh secret stays when the signing keys change, see `src/auth/opaque.py`.
"""

import fcntl
import hashlib
import logging
import os
import secrets
import stat
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from src import files
from src.auth.exceptions import UnusableKeys

ACCESS_TOKEN_LIFETIME = timedelta(minutes=10)
LEEWAY = timedelta(seconds=10)
"""How far the clocks of two machines may differ."""

SECRET_BYTES = 32

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key for access tokens; `kid` is a thumbprint, so two keys never share a name and none is written down."""

    secret: bytes = field(repr=False)
    kid: str
    retired_at: datetime | None = None

    def is_live(self, now: datetime) -> bool:
        """Whether a token that it signed before it was retired can still be good."""
        return self.retired_at is None or now <= self.retired_at + ACCESS_TOKEN_LIFETIME + LEEWAY


class Keyring:
    """The live keys, newest first; raises `UnusableKeys` when there is none or one is too short."""

    keys: tuple[SigningKey, ...]
    refresh_secret: bytes

    def __init__(self, keys: Sequence[SigningKey], refresh_secret: bytes) -> None:
        # Rises whenever the keys change: what was remembered under another version is void.
        self.version = 0
        self._fill(keys, refresh_secret)

    @property
    def current(self) -> SigningKey:
        """The key that signs."""
        return self.keys[0]

    def refresh(self) -> bool:
        """Looks whether another process has changed the keys, and says so; those of the environment never change."""
        return False

    def _fill(self, keys: Sequence[SigningKey], refresh_secret: bytes) -> None:
        if not keys:
            raise UnusableKeys("there is no key to sign tokens with")
        if len({key.kid for key in keys}) < len(keys):
            raise UnusableKeys("a key that signs tokens is given twice")
        if min(len(secret) for secret in (refresh_secret, *(key.secret for key in keys))) < SECRET_BYTES:
            raise UnusableKeys(f"a key is shorter than {SECRET_BYTES} bytes")
        self.keys = tuple(keys)
        self.refresh_secret = refresh_secret
        self.version += 1


class _StoredKey(BaseModel):
    model_config = ConfigDict(extra="forbid")
    secret: str
    retired_at: AwareDatetime | None


class _StoredKeys(BaseModel):
    """The file's form; one of a later release is refused, not misread."""

    model_config = ConfigDict(extra="forbid")
    refresh_secret: str
    signing_keys: list[_StoredKey]


class KeyFile(Keyring):
    """A keyring in a file, made when it is absent; any number of processes may open and rotate it at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with _locked(path):
            if not path.exists():
                _write(path, [_new_key()], secrets.token_bytes(SECRET_BYTES))
        self._close_to_others()
        self._seen = self._mark()
        super().__init__(*_read(path))

    def refresh(self) -> bool:
        """Rereads a changed file; one that is gone or damaged is logged and what was read before stays in force."""
        mark = self._mark()
        if mark == self._seen:
            return False
        self._seen = mark
        try:
            self._fill(*_read(self._path))
        except (OSError, UnusableKeys) as error:
            logger.warning("The keys in %s cannot be read again, those of before stay: %s", self._path, error)
            return False
        return True

    def rotate(self, now: datetime, *, distrust: bool = False) -> None:
        """Makes a new key that signs from now on, in every process.

        Args:
            now: the present instant.
            distrust: forget all secrets before it at once, because somebody may have read them. That ends the access
                tokens; the caller ends the sessions, whose refresh tokens could be derived from what was read.
        """
        with _locked(self._path):
            keys, refresh_secret = _read(self._path)
            if distrust:
                keys, refresh_secret = [], secrets.token_bytes(SECRET_BYTES)
            kept = [key for key in _retired(keys, now) if key.is_live(now)]
            _write(self._path, [_new_key(), *kept], refresh_secret)
        self.refresh()

    def _mark(self) -> tuple[int, int, int] | None:
        """What is different after each replacement of the file; None when it is gone."""
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size

    def _close_to_others(self) -> None:
        mode = stat.S_IMODE(self._path.stat().st_mode)
        if mode & 0o077:
            self._path.chmod(0o600)
            logger.warning("The keys in %s could be read by others (mode %04o); now they are 0600.", self._path, mode)


def keyring_from_text(signing_keys: str, *, refresh_secret: str) -> Keyring:
    """The keyring of the environment: base64url secrets separated by commas, the one that signs first.

    Raises `UnusableKeys`. The operator takes an old key out ten minutes after a new one has been put before it.
    """
    keys = [_signing_key(_decoded(text)) for text in signing_keys.split(",") if text.strip()]
    return Keyring(keys, _decoded(refresh_secret))


def new_secret() -> str:
    """A fresh secret in the form that `keyring_from_text` takes."""
    return _encoded(secrets.token_bytes(SECRET_BYTES))


def _new_key() -> SigningKey:
    return _signing_key(secrets.token_bytes(SECRET_BYTES))


def _signing_key(secret: bytes, retired_at: datetime | None = None) -> SigningKey:
    return SigningKey(secret, hashlib.sha256(b"kid\0" + secret).hexdigest()[:16], retired_at)


def _retired(keys: Sequence[SigningKey], now: datetime) -> Iterator[SigningKey]:
    return (key if key.retired_at else replace(key, retired_at=now) for key in keys)


def _encoded(secret: bytes) -> str:
    return urlsafe_b64encode(secret).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    bare = text.strip().rstrip("=")
    try:
        secret = urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except ValueError:
        secret = b""
    # The decoder skips what it does not know: a key with a slip in it would be another, perhaps shorter one.
    if _encoded(secret) != bare:
        raise UnusableKeys("a key is not base64url")
    return secret


def _read(path: Path) -> tuple[list[SigningKey], bytes]:
    try:
        stored = _StoredKeys.model_validate_json(path.read_bytes())
    except ValidationError:
        raise UnusableKeys(f"{path} is damaged: restore it from a backup, or remove it to get new keys") from None
    keys = [_signing_key(_decoded(key.secret), key.retired_at) for key in stored.signing_keys]
    return keys, _decoded(stored.refresh_secret)


def _write(path: Path, keys: Sequence[SigningKey], refresh_secret: bytes) -> None:
    """Replaces the file as a whole: a reader, or a crash, finds the old one or the new one."""
    stored = _StoredKeys(
        refresh_secret=_encoded(refresh_secret),
        signing_keys=[_StoredKey(secret=_encoded(key.secret), retired_at=key.retired_at) for key in keys],
    )
    with files.written(path) as draft:
        draft.write_bytes(stored.model_dump_json(indent=2).encode())


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Keeps other processes from changing the file meanwhile; the system lets go of the lock with its holder."""
    descriptor = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
