"""How people and posts of this server are called in files that other systems read, and back."""

import re
from dataclasses import dataclass

from src.mastodon_archive import plain_text

# A name that nobody has (RFC 6761), for a server that does not know its own.
_NOWHERE = "https://hearth.invalid"
_STATUS = re.compile(r"/users/([a-z0-9_]{2,30})/statuses/([0-9]{1,19})")
_MAX_ID = 2**63


@dataclass(frozen=True)
class Addresses:
    """Addresses below that of a server."""

    base: str

    @property
    def host(self) -> str:
        """The server's name."""
        return plain_text.host_of(self.base)

    def actor(self, username: str) -> str:
        """A person."""
        return f"{self.base}/users/{username}"

    def status(self, username: str, post_id: int) -> str:
        """A post; below its author's address, as Mastodon's are."""
        return f"{self.actor(username)}/statuses/{post_id}"

    def person(self, username: str) -> str:
        """A person as `name@host`."""
        return f"{username}@{self.host}"

    def post_id(self, uri: str) -> int | None:
        """The post of this server that an address means."""
        found = _STATUS.fullmatch(uri.removeprefix(self.base)) if uri.startswith(self.base) else None
        return int(found[2]) if found and int(found[2]) < _MAX_ID else None


def of(hearth_url: str | None) -> Addresses:
    """The addresses of a server that people reach there."""
    return Addresses((hearth_url or _NOWHERE).rstrip("/"))
