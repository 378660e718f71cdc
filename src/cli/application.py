"""The list of commands. A new one is one line here: a function with `app.command`, or a group with `app.add_typer`."""

from src.cli import (
    backup,
    chat,
    consumer,
    create_admin,
    demo,
    doctor,
    endings,
    events,
    export,
    failures,
    import_account,
    import_mastodon,
    media,
    migrate,
    serve,
    status,
)

app = endings.application(failures.ReadableGroup)

app.command("serve")(serve.serve)
app.command("consumer")(consumer.consumer)
app.command("migrate")(migrate.migrate)
app.command("create-admin")(create_admin.create_admin)
app.command("demo")(demo.demo)
app.command("chat")(chat.chat)
app.add_typer(import_mastodon.app, name="import")
import_mastodon.app.command("hearth")(import_account.import_hearth)
for kind, what in import_account.LISTS.items():
    import_mastodon.app.command(kind)(import_account.single_file(kind, what))
app.command("export")(export.export)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.add_typer(events.app, name="events")
app.add_typer(media.app, name="media")
app.command("status")(status.status)
app.command("doctor")(doctor.doctor)
