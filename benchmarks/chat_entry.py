"""An entry of usual size, so that Hearth and the bare loop tell their readers the very same bytes."""

from src.realtime import encoding

TYPE = "msg.new"
_MESSAGE = (
    b'{"id":"115612345678901248","chat_id":"%d","seq":%d,"sender_id":"115612345678901000","cid":"%b","text":"%b",'
    b'"mention_ids":[],"names_all":false,"reply_to_id":null,"thread_id":null,"replies_count":0,"media":[],'
    b'"link":null,"forward":null,"poll_id":null,"reactions":[],"is_pinned":false,"version":1,'
    b'"created_at":"2026-01-01T00:00:00.000Z","edited_at":null,"deleted_at":null}'
)


def data(chat_id: int, ev: int, cid: str, text: str) -> bytes:
    """The JSON of the message."""
    return _MESSAGE % (chat_id, ev, cid.encode(), text.encode())


def frame(chat_id: int, ev: int, cid: str, text: str) -> bytes:
    """The whole frame around it, as it goes over the wire."""
    return encoding.text_frame(encoding.event(f"chat:{chat_id}", ev, TYPE, data(chat_id, ev, cid, text)))
