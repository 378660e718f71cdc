"""`hearth doctor` as a task: a recount of a large table takes longer than a request may."""

from dataclasses import dataclass

from pydantic import BaseModel

from src.auth import audit as auth_audit
from src.auth import callers as auth_callers
from src.config import Settings, of
from src.database import WriteSession
from src.feature import Part, Registry
from src.operations import doctor
from src.tasks import kinds as tasks_kinds
from src.tasks import service as tasks_service

_NAME = "operations.examine"


class Nothing(BaseModel):
    """It needs to know nothing."""


@dataclass(frozen=True)
class Examination(Part):
    """The task's kind, which has to know the checks of all features."""

    def within(self, registry: Registry) -> tasks_kinds.TaskKind[Nothing]:
        """The kind for this registry's features."""

        async def run(context: tasks_kinds.TaskContext, _payload: Nothing) -> dict[str, object] | None:
            return await _examine(context, registry)

        return tasks_kinds.TaskKind(_NAME, run, Nothing)


async def begin(session: WriteSession, *, caller: auth_callers.Caller) -> int:
    """Queues a look at everything; the id of its task."""
    auth_audit.note(session, caller=caller, action="operations.examined", subject="server")
    return await tasks_service.enqueue(session, kind=_NAME, payload=Nothing(), owner_id=caller.account_id)


async def _examine(context: tasks_kinds.TaskContext, registry: Registry) -> dict[str, object] | None:
    found = list(doctor.look_at_machine(of(Settings)))
    found += [one async for one in doctor.look_at_kafka()]
    async for diagnosis in doctor.look_at_database(context.db, registry):
        if context.cancelled():
            return None
        found.append(diagnosis)
        await context.progress(len(found))
    looks = [{"name": one.name, "problems": list(one.problems)} for one in found]
    return {"wrong": sum(bool(one.problems) for one in found), "looks": looks}
