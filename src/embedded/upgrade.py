"""A cluster of an older major version becomes one of this release's, beside the old one, which stays as it was."""

import logging
from collections.abc import Sequence
from pathlib import Path

from src.embedded import binaries, cluster, postmaster, sockets
from src.embedded.account import Account

_logger = logging.getLogger(__name__)

_ACCESS = "local  all  postgres  trust\n"


def run(old: Path, draft: Path, account: Account, *, durable: bool, keep: Sequence[int]) -> None:
    """Makes `draft` a cluster of this release's version with all that is in `old`, whose name is its major version.

    `pg_upgrade` connects as superuser, which our own rules forbid: it gets rules of its own, in a folder that only
    the server's account can enter, where it also puts its socket. Raises EmbeddedError when it fails or when the
    wheel lacks the old version.
    """
    older, newer = binaries.find(int(old.name), account), binaries.find(binaries.MAJOR, account)
    running = postmaster.find(old)
    if running is not None:
        postmaster.stop(running)
    postmaster.clear_remains(old)
    # Replays what a crash may have left: pg_upgrade takes only a cluster that was shut down.
    account.run(older / "postgres", "--single", "-D", old, "template1", keep=keep)
    cluster.initialise(draft, newer, account, durable=durable, keep=keep)
    work = sockets.make(account)
    try:
        rules = work / "pg_hba.conf"
        rules.write_text(_ACCESS)
        account.give(rules)
        options = f"-c hba_file={rules}"
        account.run(
            newer / "pg_upgrade",
            *("--username=postgres", "--old-bindir", str(older), "--new-bindir", str(newer)),
            *("--old-datadir", old, "--new-datadir", draft, "--old-options", options, "--new-options", options),
            *(() if durable else ("--no-sync",)),
            folder=work,
            keep=keep,
        )
    finally:
        sockets.remove(work)
    _logger.warning("PostgreSQL was upgraded from %s to %s; %s is only a copy now", old.name, binaries.MAJOR, old)
