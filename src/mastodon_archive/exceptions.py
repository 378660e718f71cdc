"""Why an archive is no Mastodon archive, besides what `containers` says of all of them.

InvalidInput ── containers_exceptions.ArchiveRefused ── NotMastodonArchive
"""

from src.containers import exceptions as containers_exceptions
from src.mastodon_archive.constants import ErrorCode


class NotMastodonArchive(containers_exceptions.ArchiveRefused):
    """The archive lacks actor.json or outbox.json, or holds several."""

    code = ErrorCode.NOT_A_MASTODON_ARCHIVE
    detail = "The archive holds no Mastodon account (actor.json and outbox.json)."
