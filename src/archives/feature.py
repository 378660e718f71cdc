"""What leaving hands to the house."""

from src.archives import deletion_router, jobs, models
from src.feature import Feature, HouseJob, Impersonal, Router

FEATURE = Feature(
    "archives",
    (
        Router(deletion_router.router, prefix="/v1/account"),
        HouseJob("archives.delete_due", jobs.delete_due, every=60),
        # Ids and instants: proof that an account is gone, and nothing of it.
        Impersonal((models.Deletion, models.Erasure)),
    ),
)
