"""Where `hearth` begins. A command that needs little of the house is not kept waiting for the import of the rest."""

import sys

if sys.argv[1:2] == ["chat"]:
    from src.cli.chat_application import app
else:
    from src.cli.application import app

__all__ = ["app"]
