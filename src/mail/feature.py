"""The table of contents of mail."""

from src.feature import Feature, Impersonal, Job
from src.mail import jobs, models

FEATURE = Feature(
    "mail",
    (
        Job("mail.send", jobs.send, every=2),
        Job("mail.purge", jobs.purge, every=3600),
        # A letter on its way is gone within a day; whoever erases an account takes back the ones to its address.
        Impersonal((models.QueuedLetter,)),
    ),
)
