"""What coming and going hand to the house."""

from src.archives import archive, deletion_router, exports_router, importing, imports_router, jobs, models, running
from src.archives.config import ArchivesSettings
from src.archives.constants import EXPORT_TASK, IMPORT_TASK, TIDY_SECONDS, Permission
from src.archives.parts import Importer
from src.archives.payloads import ExportPayload, ImportPayload
from src.config import of
from src.feature import BodyLimit, Feature, HouseJob, Impersonal, Job, Owned, Permissions, Router
from src.tasks import kinds as tasks_kinds

FEATURE = Feature(
    "archives",
    (
        Router(deletion_router.router, prefix="/v1/account"),
        Router(exports_router.router, prefix="/v1/account"),
        Router(imports_router.router, prefix="/v1/account"),
        Permissions(Permission),
        BodyLimit("/v1/account/imports", lambda: of(ArchivesSettings).import_max_bytes, any_type=True),
        tasks_kinds.HouseTaskKind(EXPORT_TASK, running.export, ExportPayload),
        tasks_kinds.HouseTaskKind(IMPORT_TASK, running.import_upload, ImportPayload),
        Importer("hearth", importing.run),
        HouseJob("archives.delete_due", jobs.delete_due, every=60),
        Job("archives.tidy", jobs.tidy, every=TIDY_SECONDS),
        Owned(archive.TABLES, export=archive.export, erase=archive.erase),
        # Ids and instants: proof that an account is gone, and nothing of it.
        Impersonal((models.Deletion, models.Erasure)),
    ),
)
