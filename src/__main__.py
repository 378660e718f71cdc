"""`python -m src` is `hearth`, for where no script was installed."""

from src import cli

if __name__ == "__main__":
    cli.app(prog_name="hearth")
