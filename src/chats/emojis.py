"""What may be put on a message: one emoji as people see it, and nothing that merely is short."""

import regex

# UTS 51: a flag, a keycap, or pictographs (each perhaps with a skin tone or a presentation) that are joined into one.
_ELEMENT = r"\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\uFE0F\u20E3?|[\U000E0020-\U000E007E]+\U000E007F)?"
_EMOJI = regex.compile(rf"(?:[\U0001F1E6-\U0001F1FF]{{2}}|[0-9#*]\uFE0F?\u20E3|{_ELEMENT}(?:\u200D{_ELEMENT})*)")


def is_emoji(text: str) -> bool:
    """Whether the text is one emoji, however many code points it is made of."""
    return _EMOJI.fullmatch(text) is not None
