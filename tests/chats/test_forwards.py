"""Posts that are carried on into chats, over HTTP."""

from typing import Any
from uuid import uuid4

import pytest

from tests.chats.rooms import good, room
from tests.hearth import Hearth, problem
from tests.posts.test_posts import write

pytestmark = pytest.mark.integration


async def test_a_post_is_forwarded_by_whoever_may_read_it(hearth: Hearth) -> None:
    alice, bob = await hearth.account(), await hearth.account()
    chat = await room(hearth, alice, bob)
    post = await write(alice, "for my followers", visibility="followers")
    body: dict[str, Any] = {"forward": {"kind": "post", "id": post["id"]}, "cid": str(uuid4())}
    path = f"{chat.path}/messages"
    assert problem(await bob.client.post(path, json=body)) == "message_forward_not_found"
    assert problem(await bob.client.post(path, json={"forward": {"kind": "film", "id": "1"}})) == (
        "message_forward_not_found"
    )
    sent = good(await alice.client.post(path, json=body))
    shown = await chat.read(bob, sent["id"])
    assert (shown["forward"], shown["text"]) == (body["forward"], "")
    # What each of them sees of it, the post itself says.
    assert problem(await bob.client.get(f"/v1/posts/{post['id']}")) == "post_not_found"
    # Sent again, it is the same message, although the post is gone.
    good(await alice.client.delete(f"/v1/posts/{post['id']}"))
    assert good(await alice.client.post(path, json=body))["dup"]
    assert problem(await alice.client.post(path, json=body | {"cid": str(uuid4())})) == "message_forward_not_found"
    assert good(await alice.client.patch(chat.message(int(sent["id"])), json={"text": ""}))["forward"] is not None
