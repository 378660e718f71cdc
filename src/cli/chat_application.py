"""`hearth chat` without the rest of the house, which takes seconds to import."""

from src.cli import chat, endings

app = endings.application(endings.ReadableGroup)
# Without it a single command would take the place of the group.
app.callback()(lambda: None)
app.command("chat")(chat.chat)
