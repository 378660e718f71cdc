"""What happens to messages afterwards: cards of links, and media that become ready."""

import pytest
from sqlalchemy import select

from src.events import event as events
from src.media import events as media_events
from src.media import models as media_models
from src.previews import models as previews_models
from src.previews import service as previews_service
from tests.chats.rooms import good, room
from tests.hearth import Hearth, problem

pytestmark = pytest.mark.integration

URL = "https://example.org/pie"
SHOWN: previews_service.Shown = {"title": "A pie", "description": None, "site_name": None, "image_url": None}


async def keep(hearth: Hearth) -> None:
    """The link has been fetched."""
    async with hearth.database.write() as session:
        card_id = (await session.scalars(select(previews_models.LinkCard.id))).one()
        await previews_service.keep(session, card_id, SHOWN)
    await hearth.settle()


async def test_a_link_gets_its_card_and_loses_it_by_an_edit(hearth: Hearth) -> None:
    alice, bob = await hearth.account(), await hearth.account()
    chat = await room(hearth, alice, bob)
    id_ = await chat.say(alice, f"Look: {URL}")
    await hearth.settle()
    assert (await chat.read(bob, id_))["link"] is None
    await keep(hearth)
    assert (await chat.read(bob, id_))["link"]["title"] == "A pie"
    again = await chat.say(bob, f"That was {URL}")
    await hearth.settle()
    assert (await chat.read(alice, again))["link"]["title"] == "A pie"
    good(await alice.client.patch(chat.message(id_), json={"text": "Nothing to see"}))
    await hearth.settle()
    assert (await chat.read(bob, id_))["link"] is None
    changed = "message_changed"
    assert await chat.told() == ["message_sent", changed, "message_sent", changed, "message_edited", changed]


async def test_members_get_a_message_anew_when_its_media_are_ready(hearth: Hearth) -> None:
    alice, bob, carol = await hearth.account(), await hearth.account(), await hearth.account()
    chat = await room(hearth, alice, bob)
    id_ = await chat.say(alice, "")
    item = media_models.MediaItem(
        owner_id=alice.id,
        state="ready",
        kind="image",
        sent_format="gif",
        content_type="image/gif",
        bytes=6,
        attached_kind="message",
        attached_id=id_,
        place=0,
    )
    async with hearth.database.write() as session:
        session.add(item)
        await session.flush()
        ready = media_events.MediaReady(actor_id=alice.id, media_id=item.id, attached_kind="message", attached_id=id_)
        events.publish(session, ready)
    await hearth.settle()
    assert await chat.told() == ["message_sent", "message_changed"]
    [shown] = (await chat.read(bob, id_))["media"]
    assert shown["id"] == str(item.id)
    path = f"/v1/media/{item.id}"
    good(await bob.client.get(path))
    # Who is not in the chat, or does not see the message, does not see what hangs on it.
    assert problem(await carol.client.get(path)) == "media_not_found"
    good(await bob.client.post(f"{chat.message(id_)}/hide"))
    assert problem(await bob.client.get(path)) == "media_not_found"
    good(await alice.client.delete(chat.message(id_)))
    assert problem(await alice.client.get(path)) == "media_not_found"
