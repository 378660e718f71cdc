"""The list of commands. A new one is one line here: a function with `app.command`, or a group with `app.add_typer`."""

import typer

from src.cli import (
    backup,
    create_admin,
    demo,
    doctor,
    export,
    import_account,
    import_mastodon,
    media,
    migrate,
    serve,
    status,
)
from src.cli.failures import ReadableGroup

app = typer.Typer(
    name="hearth",
    cls=ReadableGroup,
    help="Hearth: a home server for a community.",
    epilog="Settings come from the environment and from the file .env, which explains each of them.",
    no_args_is_help=True,
    add_completion=False,
    # A traceback of Rich's shows the values of variables, secrets among them.
    pretty_exceptions_enable=False,
)

app.command("serve")(serve.serve)
app.command("migrate")(migrate.migrate)
app.command("create-admin")(create_admin.create_admin)
app.command("demo")(demo.demo)
app.add_typer(import_mastodon.app, name="import")
import_mastodon.app.command("hearth")(import_account.import_hearth)
for kind, what in import_account.LISTS.items():
    import_mastodon.app.command(kind)(import_account.single_file(kind, what))
app.command("export")(export.export)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.add_typer(media.app, name="media")
app.command("status")(status.status)
app.command("doctor")(doctor.doctor)
