"""What outbound hands to the house."""

from src.feature import Feature, Resource
from src.outbound import opening

FEATURE = Feature("outbound", (Resource("outbound", opening.opened),))
