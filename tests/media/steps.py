"""What tests do with media again and again."""

from typing import Any

import httpx

from src.media import service_attachments
from tests.hearth import Hearth, Person

Item = dict[str, Any]


async def upload(
    person: Person,
    content: bytes,
    *,
    name: str = "picture.jpg",
    key: str | None = None,
    **fields: str,
) -> httpx.Response:
    """Sends a file by a form."""
    return await person.client.post(
        "/v1/media",
        files={"file": (name, content, "image/jpeg")},
        data=fields,
        headers={"Idempotency-Key": key} if key else None,
    )


async def process(hearth: Hearth) -> None:
    """Does the work that uploads have left."""
    await hearth.runtime.tasks.drain()


async def uploaded(hearth: Hearth, person: Person, content: bytes, **fields: str) -> Item:
    """An item whose file has been processed, one way or the other."""
    answer = await upload(person, content, **fields)
    assert answer.status_code == 202, answer.text
    await process(hearth)
    item: Item = (await person.client.get(f"/v1/media/{answer.json()['id']}")).json()
    return item


async def attach(hearth: Hearth, person: Person, *ids: str, kind: str = "thing", to_id: int = 1) -> None:
    """Hangs items on something."""
    async with hearth.database.write() as session:
        await service_attachments.attach(
            session, owner_id=person.id, ids=[int(one) for one in ids], to_kind=kind, to_id=to_id
        )
