"""What a Hearth remembers of its own PostgreSQL: two passwords, the socket folder, and what was set up.

Nobody but the owner of the data directory can read it. Lost or damaged, it is made anew with fresh passwords.
"""

import os
import secrets
import tempfile
from pathlib import Path

from pydantic import BaseModel, ValidationError


class State(BaseModel):
    """The contents of `state.json`.

    `provisioned` is the fingerprint of the roles and rights last set up; `cluster` the name of the cluster whose socket
    folder it is, so that a copy of the data directory does not take the folder of the one that it was copied from.
    """

    application_password: str
    owner_password: str
    socket_folder: Path | None = None
    cluster: str = ""
    provisioned: str = ""


def fresh() -> State:
    """A state with passwords that nobody has seen (256 bits each, letters that need no escape in a URL)."""
    return State(application_password=secrets.token_urlsafe(32), owner_password=secrets.token_urlsafe(32))


def load(path: Path) -> State | None:
    """The remembered state; None when there is none that can be read as one."""
    try:
        return State.model_validate_json(path.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def save(path: Path, state: State) -> None:
    """Replaces the file in one step, so that a crash leaves the old or the new one; mode 0600."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            if os.geteuid() == 0:  # for once, in a data directory that an ordinary user goes on with
                os.chown(descriptor, path.parent.stat().st_uid, path.parent.stat().st_gid)
            file.write(state.model_dump_json(indent=2).encode())
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
