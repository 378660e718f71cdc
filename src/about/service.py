"""What this server says of itself: read, and changed by admins."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from src import clock
from src.about.models import ServerSettings
from src.about.schemas import ServerUpdate
from src.auth import audit as auth_audit
from src.auth import callers as auth_callers
from src.auth import config as auth_config
from src.config import of
from src.database import ReadSession, WriteSession

_NAME = "Hearth"


async def read(session: ReadSession) -> ServerSettings:
    """What admins have decided, or what holds where nobody has."""
    return await session.get(ServerSettings, True) or ServerSettings(**_untouched())


async def name(session: ReadSession) -> str | None:
    """The name that admins have given it, if they have."""
    given = await session.scalar(select(ServerSettings.name))
    return None if given == _NAME else given


async def registration(session: ReadSession) -> auth_config.RegistrationMode:
    """Who may sign up now."""
    chosen = await session.scalar(select(ServerSettings.registration))
    return of(auth_config.AuthSettings).registration if chosen is None else auth_config.RegistrationMode(chosen)


async def change(session: WriteSession, *, caller: auth_callers.Caller, data: ServerUpdate) -> ServerSettings:
    """Changes what was given; what is as it was before is no change, and noted nowhere."""
    given = {name: getattr(data, name) for name in sorted(data.model_fields_set)}
    await session.execute(insert(ServerSettings).values(**_untouched()).on_conflict_do_nothing())
    row = (await session.scalars(select(ServerSettings).with_for_update())).one()
    changed = [name for name, value in given.items() if getattr(row, name) != value]
    if changed:
        for name in changed:
            setattr(row, name, given[name])
        row.updated_at = clock.now()
        details = {"changed": ", ".join(changed)}
        if "registration" in changed:
            details["registration"] = row.registration or "default"
        auth_audit.note(session, caller=caller, action="about.server_changed", subject="server", details=details)
    return row


def _untouched() -> dict[str, object]:
    return {
        "is_the_one": True,
        "name": _NAME,
        "description": "",
        "contact": "",
        "rules": [],
        "registration": None,
        "updated_at": clock.now(),
    }
