"""Letters as the tests of accounts read them: straight from the queue, before anybody sends them."""

import re

from sqlalchemy import select

from src.mail import models as mail_models
from src.mail import rendering
from tests.hearth import Hearth

TOKEN = re.compile(r"#(hthl_[\w-]{43})")


async def queued(hearth: Hearth, *, to: str | None = None) -> list[mail_models.QueuedLetter]:
    """The letters on their way, the oldest first."""
    row = mail_models.QueuedLetter
    async with hearth.database.read() as session:
        found = list(await session.scalars(select(row).order_by(row.id)))
    return [letter for letter in found if to is None or letter.recipient == to]


async def templates(hearth: Hearth, *, to: str | None = None) -> list[str | None]:
    """Which letters are on their way, each rendered once."""
    found = await queued(hearth, to=to)
    for letter in found:
        rendering.render(str(letter.template), str(letter.locale), letter.values or {})
    return [letter.template for letter in found]


async def token(hearth: Hearth, *, to: str, template: str) -> str:
    """The secret of the newest link of this kind to this address."""
    letter = next(one for one in reversed(await queued(hearth, to=to)) if one.template == template)
    found = TOKEN.search(rendering.render(template, "en", letter.values or {}).text)
    assert found is not None
    return found[1]
