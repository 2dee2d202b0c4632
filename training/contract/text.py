"""What any text from outside must satisfy before it is kept: bounded, and free of characters
that a database refuses or that make a page show something other than what is stored.
"""

import re

MAX_TEXT_CHARS = 20_000
"""Longest text of one field. The longest published rationale has under 1,000 characters."""

_REFUSED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]"
)
"""Control characters but tab and line ends; lone surrogates; direction overrides."""


def is_refused(char: str) -> bool:
    return _REFUSED.match(char) is not None


def refused_character(text: str) -> str | None:
    """The first refused character and its place, such as `U+0000 at position 4`, or None."""
    found = _REFUSED.search(text)
    return None if found is None else f"U+{ord(found[0]):04X} at position {found.start() + 1}"


def without_refused(text: str) -> str:
    """The text with a blank for each refused character."""
    return _REFUSED.sub(" ", text)


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
