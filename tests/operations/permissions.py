"""Who gets what from the routes of operations."""

from tests.permission_table import Row

PERMISSIONS: tuple[Row, ...] = (
    Row("GET", "/health/live", nobody=200),
    Row("GET", "/health/ready", nobody=200),
)
