"""What previews hand to the house."""

from src.feature import Feature, Impersonal, Job
from src.previews import fetching, jobs, models, service
from src.previews.constants import FETCH_KIND, FORGET_SECONDS
from src.tasks import kinds

FEATURE = Feature(
    "previews",
    (
        kinds.TaskKind(FETCH_KIND, fetching.fetch, service.Fetch),
        Job("previews.forget", jobs.forget, every=FORGET_SECONDS),
        Impersonal((models.LinkCard,)),
    ),
)
