"""What a program sends through a hook, as the text of a message.

The form is that of Slack's incoming webhooks, which monitoring and build services know how to send: a text, and
attachments with a title, a text, fields, and a fallback for those who show none of them (https://api.slack.com/
reference/messaging/attachments). Of blocks, in either, the words are taken (https://api.slack.com/reference/block-kit/
blocks) that do not stand in the text as well.
"""

import re
from collections.abc import Iterable, Iterator

from src.chats import hook_schemas, mrkdwn
from src.chats.constants import MAX_TEXT

_ELLIPSIS = "…"
_FENCE = "```"
_BACKTICKS = re.compile("`+")


def text_of(message: hook_schemas.HookMessage) -> tuple[str, bool]:
    """The text, at most as long as a message may be, and whether its end had to be cut off."""
    attachments = message.attachments or ()
    parts = [mrkdwn.marked(message.text or ""), *("\n".join(_lines(one)) for one in attachments)]
    # Text beside blocks mostly says the same in short; what it does not say is not to be lost.
    parts += [words for words in _said(message.blocks) if not any(_unfenced(words) in part for part in parts)]
    text = "\n\n".join(part.strip() for part in parts if part.strip())
    if len(text) <= MAX_TEXT:
        return text, False
    return text[: MAX_TEXT - len(_ELLIPSIS)].rstrip() + _ELLIPSIS, True


def _lines(attachment: hook_schemas.HookAttachment) -> Iterator[str]:
    title, address = mrkdwn.plain(attachment.title or ""), attachment.title_link
    if title and address:
        title = mrkdwn.link(address, title)
    said = [mrkdwn.marked(attachment.pretext or ""), title, mrkdwn.marked(attachment.text or "")]
    lines = [line for line in (*said, *map(_field, attachment.fields or ())) if line.strip()]
    yield from lines or [*_said(attachment.blocks)] or [mrkdwn.plain(attachment.fallback or "")]


def _field(field: hook_schemas.HookField) -> str:
    parts = (mrkdwn.plain(field.title or "").strip(), mrkdwn.marked(field.value or "").strip())
    return ": ".join(part for part in parts if part)


def _said(blocks: Iterable[hook_schemas.HookBlock] | None) -> Iterator[str]:
    """The words of each block that has some."""
    for block in blocks or ():
        parts = [block.text, *(block.fields or ()), *(block.elements or ())]
        words = "\n".join(filter(None, (_words(part).strip() for part in parts if part)))
        if words:
            yield words


def _words(part: hook_schemas.HookWords) -> str:
    """What a part of a block says: a list says an item a line."""
    if not isinstance(part, hook_schemas.HookElement) or part.elements is None:
        read = mrkdwn.plain if part.type == "plain_text" else mrkdwn.marked
        return read(part.text or "")
    separator = "\n" if part.type == "rich_text_list" else ""
    words = separator.join("".join(map(_run, (run, *(run.elements or ())))) for run in part.elements)
    return _fenced(words) if part.type == "rich_text_preformatted" and words.strip() else words


def _fenced(words: str) -> str:
    """Words that are shown as they are: the fence is longer than any in them."""
    longest = max(map(len, _BACKTICKS.findall(words)), default=0)
    fence = "`" * max(len(_FENCE), longest + 1)
    return f"{fence}\n{words}\n{fence}"


def _unfenced(words: str) -> str:
    return words.removeprefix(f"{_FENCE}\n").removesuffix(f"\n{_FENCE}")


def _run(run: hook_schemas.HookRun) -> str:
    """As it stands: in a rich text nothing is escaped and no sign is Slack's markup; what is Markdown here stays so."""
    words = run.text or run.fallback or _named(run)
    return mrkdwn.link(run.url, words) if run.url else words


def _named(run: hook_schemas.HookRun) -> str:
    """What a run is that only names something: a word that notifies nobody, as `mrkdwn` has it."""
    if run.name:
        return f":{run.name}:"
    if run.channel_id:
        return f"#{run.channel_id}"
    return (run.user_id or run.usergroup_id or run.range or "").lstrip("@")
