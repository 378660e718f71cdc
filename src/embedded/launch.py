"""From a data directory in any state to a server that runs: adopted, restarted, made, upgraded, or a clear refusal."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from src.embedded import account, binaries, cluster, postmaster, sockets, state, upgrade
from src.embedded.exceptions import EmbeddedError


@dataclass(frozen=True)
class Launched:
    """A server that takes connections in the folder `sockets`; `started` when it did not run before."""

    pid: int
    state: state.State
    sockets: Path
    started: bool


@dataclass(frozen=True)
class _Site:
    """What every step needs: the folder, who runs the server with which programs and settings, and the lock's file."""

    home: Path
    account: account.Account
    programs: Path
    settings: Mapping[str, str]
    lock: int

    @property
    def cluster(self) -> Path:
        return folder(self.home)

    @property
    def log(self) -> Path:
        return self.home / "postgres.log"

    @property
    def durable(self) -> bool:
        return self.settings.get("fsync") != "off"


def folder(home: Path) -> Path:
    """Where the cluster of this release's version stands."""
    return home / str(binaries.MAJOR)


def bring_up(home: Path, settings: Mapping[str, str], lock: int) -> Launched:
    """Finds or starts the server of the folder `home`; the caller holds its lock, whose descriptor is `lock`.

    `settings` go on the command line of a server that is started. Raises EmbeddedError, and OSError for folders that
    cannot be used.
    """
    versions = cluster.versions(home)
    if versions and versions[-1] > binaries.MAJOR:
        reason = f"{home} was made by PostgreSQL {versions[-1]}, and this Hearth has {binaries.MAJOR}."
        raise EmbeddedError(f"{reason} Use the Hearth that made it, or a backup, or set DATABASE_URL.")
    user = account.choose([home / str(version) for version in versions])
    cluster.check(folder(home))
    site = _Site(home, user, binaries.find(binaries.MAJOR, user), settings, lock)
    known = state.load(home / "state.json")
    running = postmaster.find(site.cluster)
    if running is not None and known is not None and known.socket_folder is not None:
        return _adopt(site, running, known, known.socket_folder)
    if running is not None:
        postmaster.stop(running)  # nobody knows its passwords and its address any more
    return _start(site, known or state.fresh())


def _adopt(site: _Site, pid: int, known: state.State, directory: Path) -> Launched:
    postmaster.wait_until_ready(site.cluster, pid, site.log)
    if not postmaster.has_socket(directory):
        reason = f"PostgreSQL runs as process {pid}, but its socket folder {directory} cannot be seen from here."
        raise EmbeddedError(f"{reason} Stop Hearth where it runs, or do this there.")
    return Launched(pid, known, directory, started=False)


def _start(site: _Site, known: state.State) -> Launched:
    if site.cluster.exists():
        site.account.give_tree(site.cluster)
        postmaster.clear_remains(site.cluster)
        cluster.configure(site.cluster, site.account)
    else:
        _make(site, known)
    if known.provisioned != cluster.FINGERPRINT:
        cluster.provision(site.cluster, site.programs, site.account, known, fresh=False, keep=[site.lock])
        known.provisioned = cluster.FINGERPRINT
    name = postmaster.name_of(site.cluster)
    directory = sockets.prepare(known.socket_folder if known.cluster == name else None, site.account)
    known.socket_folder, known.cluster = directory, name
    state.save(site.home / "state.json", known)
    place = postmaster.Place(site.programs, site.cluster, directory, site.log, site.account)
    return Launched(postmaster.start(place, site.settings), known, directory, started=True)


def _make(site: _Site, known: state.State) -> None:
    """Makes the cluster under another name first, so that an interrupted start leaves none that looks whole."""
    draft = site.home / f"{binaries.MAJOR}.new"
    older = cluster.versions(site.home)
    if older:
        upgrade.run(site.home / str(older[-1]), draft, site.account, durable=site.durable, keep=[site.lock])
        known.provisioned = ""
    else:
        cluster.initialise(draft, site.programs, site.account, durable=site.durable, keep=[site.lock])
        cluster.provision(draft, site.programs, site.account, known, fresh=True, keep=[site.lock])
        known.provisioned = cluster.FINGERPRINT
        state.save(site.home / "state.json", known)
    draft.rename(site.cluster)
