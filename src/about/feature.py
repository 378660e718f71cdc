"""What the server's own settings hand to the house; their routes stand with operations, which know all packages."""

from src.about import models
from src.feature import Feature, Impersonal

FEATURE = Feature("about", (Impersonal((models.ServerSettings,)),))
