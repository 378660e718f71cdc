"""`hearth serve`: all of Hearth in one command."""

from pathlib import Path
from typing import Annotated

import typer

from src.auth import invitations
from src.cli import greeting, opened, serving
from src.cli.lifespan import WatchedApp
from src.config import Settings, of, override
from src.database import Database
from src.main import VERSION


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; 0.0.0.0 for all.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 for any free one.")] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="PEM file with the certificate and its chain.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="PEM file with the private key.")] = None,
) -> None:
    """Run Hearth: migrate the database, answer requests, do the work behind them. Options win over settings."""
    given = {"host": host, "port": port, "tls_cert": tls_cert, "tls_key": tls_key}
    opened.readable()
    with override(Settings, **{name: value for name, value in given.items() if value is not None}):
        serving.run(opened.settings(), _greet)


async def _greet(app: WatchedApp, address: tuple[str, int]) -> None:
    database = app.state["database"]
    secret = None
    if isinstance(database, Database):
        async with database.write() as session:
            secret = await invitations.first_admin_secret(session)
    for line in greeting.lines(of(Settings), version=VERSION, bound=address, admin_secret=secret):
        typer.echo(line)
