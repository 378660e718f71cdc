"""`python -m src` is `hearth`, for where no script was installed."""

from src.cli import app

if __name__ == "__main__":
    app(prog_name="hearth")
