"""Text as words: the one tokenisation that the lint and the leakage adversaries share."""

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")


def words(text: str) -> tuple[str, ...]:
    """The words in order, folded to one case and one Unicode form, without punctuation."""
    return tuple(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """Jaccard overlap of two word sets, 0 to 1; two empty sets overlap fully."""
    union = len(one | other)
    return len(one & other) / union if union else 1.0
