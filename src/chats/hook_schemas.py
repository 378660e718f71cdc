"""What clients send and get about hooks, and what other programs send through them."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from src.chats.constants import MAX_HOOK_BLOCKS, MAX_HOOK_BODY, MAX_HOOK_PARTS, MAX_HOOK_RUNS
from src.schemas import Id, Input, Instant, Output, Text
from src.users import fields as users_fields
from src.users import schemas as users_schemas

_BLOCKS = ("header", "section", "context", "rich_text")
_Sent = Annotated[Text | None, Field(max_length=MAX_HOOK_BODY)]


def _written(value: object) -> object:
    """Numbers and truth values as JSON writes them."""
    return json.dumps(value) if isinstance(value, bool | int | float) else value


class HookCreate(Input):
    """A new hook."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Backups"}]})

    name: Annotated[users_fields.DisplayName, Field(description="What members see as the sender's name.")]


class HookRead(Output):
    """A hook, without its code."""

    id: Id
    account: Annotated[users_schemas.Author, Field(description="The bot that its messages are from.")]
    created_by_id: Annotated[Id | None, Field(description="Null once that account is gone.")]
    created_at: Instant


class HookCreated(HookRead):
    """A hook with a new code: the only time that it is seen."""

    url: Annotated[
        str,
        Field(
            description="Whoever knows this address can write into the chat.",
            examples=["https://hearth.example/v1/chat-hooks/hthw_" + "0" * 42 + "…"],
        ),
    ]


class HookWords(BaseModel):
    """Words of a block."""

    type: _Sent = None
    text: _Sent = None


class HookRun(HookWords):
    """A run of a rich text: words in one style, a link, or what has a name, such as a person or an emoji."""

    url: _Sent = None
    fallback: Annotated[_Sent, Field(description="Of dates.")] = None
    name: Annotated[_Sent, Field(description="Of emojis.")] = None
    channel_id: _Sent = None
    user_id: _Sent = None
    usergroup_id: _Sent = None
    range: Annotated[_Sent, Field(description="Whom a broadcast is for, such as `here`.")] = None


class HookRuns(HookRun):
    """A run, or an item of a list, which has runs of its own."""

    elements: Annotated[list[HookRun] | None, Field(max_length=MAX_HOOK_RUNS)] = None


class HookElement(HookWords):
    """A part of a context, or of a rich text: a paragraph, a list, a quotation, code."""

    elements: Annotated[list[HookRuns] | None, Field(max_length=MAX_HOOK_RUNS)] = None


class HookBlock(BaseModel):
    """A block, as Slack has it; what is not named here is passed over, and so is every block of another type."""

    type: Annotated[Text | None, Field(max_length=MAX_HOOK_BODY)] = None
    text: Annotated[HookWords | None, Field(description="Of headers and sections.")] = None
    fields: Annotated[list[HookWords] | None, Field(max_length=MAX_HOOK_BLOCKS, description="Of sections.")] = None
    elements: Annotated[
        list[HookElement] | None, Field(max_length=MAX_HOOK_BLOCKS, description="Of contexts and rich texts.")
    ] = None

    @model_validator(mode="before")
    @classmethod
    def _known(cls, sent: object) -> object:
        if not isinstance(sent, dict):
            return sent
        if sent.get("type") == "markdown":
            # Its text is no object, and written as here: a `*` is not Slack's.
            return {"text": {"type": "plain_text", "text": sent.get("text")}}
        return sent if sent.get("type") in _BLOCKS else {}


class HookField(BaseModel):
    """A line of an attachment: a `title`, and a `value`, which may be a number, `true` or `false`, too."""

    title: _Sent = None
    value: Annotated[_Sent, BeforeValidator(_written)] = None


class HookAttachment(BaseModel):
    """A part of a message, as Slack has it; what is not named here is passed over."""

    pretext: _Sent = None
    title: _Sent = None
    title_link: _Sent = None
    text: _Sent = None
    fields: Annotated[
        list[HookField] | None, Field(max_length=MAX_HOOK_BLOCKS, description="Each a line, `title: value`.")
    ] = None
    fallback: Annotated[_Sent, Field(description="Taken where there is nothing else.")] = None
    blocks: Annotated[
        list[HookBlock] | None, Field(max_length=MAX_HOOK_BLOCKS, description="Their words, where there is no text.")
    ] = None


class HookMessage(BaseModel):
    """What a program says, as Slack and Mattermost take it; what is not named here is passed over."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "The backup of **tonight** is done."}]})

    text: Annotated[
        _Sent,
        Field(
            description="`<https://example.org|a word>` in it becomes a link, `*bold*` and `~struck~` Markdown, "
            "`&amp;`, `&lt;` and `&gt;` what they stand for, `<@U123|ada>` and `<!here>` words that notify nobody."
        ),
    ] = None
    attachments: Annotated[list[HookAttachment] | None, Field(max_length=MAX_HOOK_PARTS, examples=[[]])] = None
    blocks: Annotated[
        list[HookBlock] | None,
        Field(
            max_length=MAX_HOOK_BLOCKS,
            description="The words of headers, sections, contexts, rich texts and Markdown that are not in the text.",
            examples=[[{"type": "header", "text": {"type": "plain_text", "text": "The backup is done."}}]],
        ),
    ] = None


def message_schema() -> dict[str, Any]:
    """The JSON schema of `HookMessage` with its parts in place: where it stands, nothing can be referred to.

    Blocks and fields are any objects in it: blocks have many forms, of which those that are not known are passed over,
    and the value of a field is of several kinds.
    """
    schema = HookMessage.model_json_schema(ref_template="{model}")
    parts = schema.pop("$defs") | {
        part.__name__: {"type": "object", "properties": {}, "description": part.__doc__}
        for part in (HookBlock, HookField)
    }
    return {key: _whole(value, parts) for key, value in schema.items()}


def _whole(node: object, parts: Mapping[str, object]) -> object:
    if isinstance(node, list):
        return [_whole(one, parts) for one in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _whole(parts[node["$ref"]], parts)
    return {key: _whole(value, parts) for key, value in node.items()}


class HookPostedRead(Output):
    """Where the message stands."""

    id: Id
    chat_id: Id
    seq: int
    created_at: Instant
    dup: Annotated[bool, Field(description="It had been sent before: nothing new was written.")]
    is_cut: Annotated[bool, Field(description="The text was longer than a message may be; its end is missing.")]
