"""What limits hand to the house."""

from src.feature import Feature, Resource
from src.limits import shared

FEATURE = Feature("limits", (Resource("limiter", shared.opened),))
