"""How exports and imports are written out for their owner."""

from src.archives import models, schemas
from src.models import instant_of


def export_read(found: models.Export) -> schemas.ExportRead:
    """The answer for an export."""
    return schemas.ExportRead(
        id=found.id,
        kind=found.kind,
        thing_id=found.thing_id,
        task_id=found.task_id,
        bytes=found.bytes,
        created_at=instant_of(found.id),
        made_at=found.made_at,
        expires_at=found.expires_at,
    )


def import_read(found: models.Import) -> schemas.ImportRead:
    """The answer for an import."""
    return schemas.ImportRead(
        id=found.id, task_id=found.task_id, kind=found.kind, bytes=found.bytes, created_at=instant_of(found.id)
    )
