"""What tasks hand to the house."""

from src.feature import Feature, Job, Owned, Permissions, Router
from src.tasks import archive, jobs, models, router
from src.tasks.constants import PURGE_SECONDS, Permission

FEATURE = Feature(
    "tasks",
    (
        Router(router.router, prefix="/v1/tasks"),
        Permissions(Permission),
        Owned((models.Task,), export=archive.export, erase=archive.erase),
        Job("tasks.purge", jobs.purge_tasks, every=PURGE_SECONDS),
    ),
)
