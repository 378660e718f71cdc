"""A message of an exported chat as lines of a text that people read."""

from collections.abc import Iterator, Mapping

from src import visible
from src.chats import message_schemas
from src.polls import schemas as polls_schemas


def message(
    shown: message_schemas.MessageRead,
    names: Mapping[int, str],
    numbers: Mapping[int, int],
    polls: Mapping[int, polls_schemas.PollRead],
) -> str:
    """When, its number, who, what; its further lines are indented, so that none looks like another message.

    Args:
        shown: the message.
        names: usernames by account.
        numbers: those of messages before it, by their ids.
        polls: by their ids.
    """
    sender = None if shown.sender_id is None else names.get(shown.sender_id)
    who = "(gone)" if sender is None else f"@{sender}"
    above = shown.reply_to_id or shown.thread_id
    to = f" to #{numbers[above]}" if above is not None and above in numbers else ""
    edited = [] if shown.edited_at is None else ["(edited)"]
    first = " ".join(part for part in (shown.text.strip(), *edited) if part)
    poll = None if shown.poll_id is None else polls.get(shown.poll_id)
    lines = [first, *(f"[{item.kind}]" for item in shown.media), *(_asked(poll) if poll else ())]
    text = visible.clean("\n".join(line for line in lines if line)).replace("\n", "\n    ")
    return f"{shown.created_at:%Y-%m-%d %H:%M:%S}Z #{shown.seq} {who}{to}: {text}\n"


def _asked(poll: polls_schemas.PollRead) -> Iterator[str]:
    yield f"[poll] {poll.question or ''}".rstrip()
    for option in poll.options:
        yield f"- {option.text}" if option.votes is None else f"- {option.text}: {option.votes}"
