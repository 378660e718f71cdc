"""What the tasks of archives are told."""

from pydantic import BaseModel


class ExportPayload(BaseModel):
    """Which export is to be made."""

    export_id: int


class ImportPayload(BaseModel):
    """Which upload is to be imported."""

    import_id: int
