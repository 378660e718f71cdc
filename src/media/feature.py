"""What media hand to the house."""

from src.config import of
from src.feature import BodyLimit, Check, Feature, Impersonal, Job, Owned, Permissions, Resource, Router
from src.media import (
    archive,
    checks,
    direct_router,
    files_router,
    jobs,
    models,
    processing,
    router,
    stores,
    upkeep,
    utils,
)
from src.media.config import MediaSettings
from src.media.constants import (
    DISCARD_TASK,
    MAX_FORM_BYTES,
    PROCESS_TASK,
    STORES_RESOURCE,
    SWEEP_SECONDS,
    SWEEP_TASK,
    TIDY_SECONDS,
    Permission,
)
from src.media.payloads import DiscardPayload, ProcessPayload, SweepPayload
from src.tasks import kinds as tasks_kinds

FEATURE = Feature(
    "media",
    (
        Router(router.router, prefix=utils.PATH),
        Router(direct_router.router, prefix="/v1/direct-uploads"),
        Router(files_router.router, prefix=utils.PATH),
        BodyLimit(utils.PATH, lambda: of(MediaSettings).media_max_bytes + MAX_FORM_BYTES),
        Permissions(Permission),
        Resource(STORES_RESOURCE, stores.opened),
        tasks_kinds.TaskKind(PROCESS_TASK, processing.process, ProcessPayload),
        tasks_kinds.TaskKind(DISCARD_TASK, upkeep.discard, DiscardPayload),
        tasks_kinds.TaskKind(SWEEP_TASK, upkeep.sweep, SweepPayload),
        Job("media.tidy", jobs.tidy, every=TIDY_SECONDS),
        Job("media.sweep", jobs.sweep, every=SWEEP_SECONDS),
        Owned((models.MediaItem, models.MediaFile, models.DirectUpload), export=archive.export, erase=archive.erase),
        Impersonal((models.DiscardedFile,)),
        Check("media.sizes", checks.sizes),
        Check("media.places", checks.places),
    ),
)
