"""A text of ours as the HTML that Mastodon would have made of it."""

from html import escape

from src import markup
from src.markup import EntityKind
from src.mastodon_archive.addresses import Addresses


def to_html(text: str, addresses: Addresses) -> str:
    """Paragraphs, lines, and links to what the text names; `plain_text.to_text` makes the same text of it."""
    pieces: list[str] = []
    position = 0
    for entity in markup.parse(text).entities:
        pieces += _lines(text[position : entity.start]), _link(entity, text[entity.start : entity.end], addresses)
        position = entity.end
    pieces.append(_lines(text[position:]))
    return f"<p>{''.join(pieces)}</p>"


def _lines(text: str) -> str:
    return escape(text, quote=False).replace("\n\n", "</p><p>").replace("\n", "<br />")


def _link(entity: markup.Entity, shown: str, addresses: Addresses) -> str:
    if entity.kind is EntityKind.MENTION:
        href = escape(addresses.actor(entity.value))
        return (
            f'<span class="h-card"><a href="{href}" class="u-url mention">@<span>{escape(shown[1:])}</span></a></span>'
        )
    if entity.kind is EntityKind.HASHTAG:
        href = escape(f"{addresses.base}/tags/{entity.value}")
        return f'<a href="{href}" class="mention hashtag" rel="tag">#<span>{escape(shown[1:])}</span></a>'
    return f'<a href="{escape(entity.value)}" rel="nofollow noopener noreferrer">{escape(shown)}</a>'
