"""A message looks the same to who hears of it at once and to who reads it later."""

from uuid import uuid4

import pytest

from src import clock
from src.chats import message_models, rendering, sending
from src.models import first_id_at

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("card", [(None, None), ("post", 7)])
def test_a_fresh_message_is_written_out_like_the_row_that_it_has_become(card: tuple[str | None, int | None]) -> None:
    kind, thing_id = card
    draft = sending.Draft(
        chat_id=5,
        sender_id=6,
        cid=uuid4(),
        digest=1,
        text="Dinner at **eight**?",
        reply_to_id=8,
        thread_id=9,
        names_all=True,
        card_kind=kind,
        card_id=thing_id,
        poll_id=10,
    )
    sent = sending.Sent(id=first_id_at(clock.now()), seq=3, ev=4, names_all=True)
    row = message_models.Message(
        id=sent.id,
        chat_id=draft.chat_id,
        seq=sent.seq,
        sender_id=draft.sender_id,
        cid=draft.cid,
        text=draft.text,
        names_all=draft.names_all,
        reply_to_id=draft.reply_to_id,
        thread_id=draft.thread_id,
        card_kind=draft.card_kind,
        card_id=draft.card_id,
        poll_id=draft.poll_id,
        version=1,
    )
    assert rendering.fresh(draft, sent) == rendering.plain(row)
