"""The command line: `hearth`. Each command has a module; `application` lists them."""

from src.cli.application import app

__all__ = ["app"]
