"""What outbound hands to the house."""

from src.feature import Feature, Resource
from src.outbound import client

FEATURE = Feature("outbound", (Resource("outbound", client.opened),))
