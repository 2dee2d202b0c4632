"""What any text from outside must satisfy before it is kept: bounded, and free of characters
that a database refuses or that make a page show something other than what is stored.
"""

import unicodedata

MAX_TEXT_CHARS = 20_000
"""Longest text of one field. The longest published rationale has under 1,000 characters."""

_WHITESPACE = frozenset("\t\n\r")
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def is_refused(char: str) -> bool:
    """Control characters but tab and line ends; lone surrogates; direction overrides."""
    if char in _WHITESPACE:
        return False
    return unicodedata.category(char) in ("Cc", "Cs") or char in _BIDI_CONTROLS


def refused_character(text: str) -> str | None:
    """The first refused character and its place, such as `U+0000 at position 4`, or None."""
    for position, char in enumerate(text):
        if is_refused(char):
            return f"U+{ord(char):04X} at position {position + 1}"
    return None


def text_fault(text: str, *, limit: int = MAX_TEXT_CHARS) -> str | None:
    """What is wrong with the text and what to do, to be put behind the field's name; or None."""
    if len(text) > limit:
        return f"has {len(text):,} characters; shorten it to {limit:,} or fewer"
    refused = refused_character(text)
    if refused is not None:
        return f"holds the control character {refused}; remove it"
    return None


def short(value: object, limit: int = 60) -> str:
    """A value as it may be quoted in a message: printable and never long."""
    shown = ascii(value[: limit + 1]) if isinstance(value, str) else ascii(value)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
