"""A rationale as a person edits it: options by their letter in the form, `{{B}}`, not by id."""

import re
from collections.abc import Sequence

from webapp.items.lettering import LETTERS, letter_of
from webapp.items.mcq import TOKEN, token

_LETTER_TOKEN = re.compile(r"\{\{\s*([A-D])\s*\}\}")


def for_editing(text: str, order: Sequence[str]) -> str:
    """`{{option:ID}}` as `{{B}}`, the letter being the option's place in the form."""
    return TOKEN.sub(lambda found: "{{" + letter_of(order, found.group(1)) + "}}", text)


def from_editing(text: str, order: Sequence[str]) -> str:
    """`{{B}}` as `{{option:ID}}`."""
    return _LETTER_TOKEN.sub(lambda found: token(order[LETTERS.index(found.group(1))]), text)
