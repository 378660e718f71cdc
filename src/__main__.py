"""`python -m src` is `hearth`, for where no script was installed."""

from src.cli import entry

if __name__ == "__main__":
    entry.app(prog_name="hearth")
