"""How a message is written out for its readers: the same for all of them, in answers and in frames."""

from typing import Any

from sqlalchemy import Row

from src.chats import message_models, message_schemas, sending
from src.media import queries as media_queries
from src.media import utils as media_utils
from src.models import instant_of
from src.previews import utils as previews_utils

Message = message_models.Message


def message_read(row: Row[*tuple[Any, ...]]) -> message_schemas.MessageRead:
    """The answer for a row of `message_queries.messages`."""
    message, mentions, reactions, is_pinned, replies_count, media, card = row[:7]
    if message.deleted_at is not None:
        return plain(message)
    return plain(message).model_copy(
        update={
            "mention_ids": mentions,
            "reactions": reactions_read(reactions),
            "is_pinned": is_pinned,
            "replies_count": replies_count,
            "media": [media_utils.media_read(item) for item in media_queries.items_of(media)],
            "link": previews_utils.card_read(card),
        }
    )


def plain(message: message_models.Message) -> message_schemas.MessageRead:
    """The answer for a message on which nothing hangs."""
    is_there = message.deleted_at is None
    forward = None
    if message.card_kind is not None and message.card_id is not None and is_there:
        forward = message_schemas.ForwardRead(kind=message.card_kind, id=message.card_id)
    return message_schemas.MessageRead(
        id=message.id,
        chat_id=message.chat_id,
        seq=message.seq,
        sender_id=message.sender_id,
        cid=message.cid,
        text=message.text,
        mention_ids=[],
        names_all=message.names_all and is_there,
        reply_to_id=message.reply_to_id,
        thread_id=message.thread_id,
        replies_count=0,
        media=[],
        link=None,
        forward=forward,
        poll_id=message.poll_id if is_there else None,
        reactions=[],
        is_pinned=False,
        version=message.version,
        created_at=instant_of(message.id),
        edited_at=message.edited_at,
        deleted_at=message.deleted_at,
    )


def fresh(draft: sending.Draft, sent: sending.Sent) -> message_schemas.MessageRead:
    """The answer for a message that has just been sent, as `plain` gives it; without a row, which costs as much again.

    Args:
        draft: what was sent, with nothing that is written beside the message (media, names).
        sent: where it stands.
    """
    forward = None
    if draft.card_kind is not None and draft.card_id is not None:
        forward = message_schemas.ForwardRead(kind=draft.card_kind, id=draft.card_id)
    return message_schemas.MessageRead(
        id=sent.id,
        chat_id=draft.chat_id,
        seq=sent.seq,
        sender_id=draft.sender_id,
        cid=draft.cid,
        text=draft.text,
        mention_ids=[],
        names_all=sent.names_all,
        reply_to_id=draft.reply_to_id,
        thread_id=draft.thread_id,
        replies_count=0,
        media=[],
        link=None,
        forward=forward,
        poll_id=draft.poll_id,
        reactions=[],
        is_pinned=False,
        version=1,
        created_at=instant_of(sent.id),
        edited_at=None,
        deleted_at=None,
    )


def reactions_read(triples: list[tuple[str, int, list[int]]]) -> list[message_schemas.ReactionRead]:
    """The answer for the reactions of a row."""
    return [
        message_schemas.ReactionRead(emoji=emoji, count=count, account_ids=account_ids)
        for emoji, count, account_ids in triples
    ]
