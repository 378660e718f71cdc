"""Who may search: everybody, for what they may see."""

from tests.permission_table import Row

PERMISSIONS: tuple[Row, ...] = (Row("GET", "/v1/search", query="q=followers&type=posts", nobody=200),)
