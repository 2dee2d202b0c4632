"""Text as words: the one tokenisation that the lint and the leakage adversaries share."""

import re
import unicodedata
from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")


def words(text: str) -> tuple[str, ...]:
    """The words in order, folded to one case and one Unicode form, without punctuation."""
    return tuple(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """Jaccard overlap of two word sets, 0 to 1; two empty sets overlap fully."""
    union = len(one | other)
    return len(one & other) / union if union else 1.0


def places_apart(one: Sequence[str], other: Sequence[str]) -> int:
    """At how many separate places two texts differ; edits that touch each other are at one.

    Of several shortest ways to edit one into the other it takes the same in both directions.
    """
    found, end = 0, -1
    for change in Levenshtein.opcodes(*sorted((tuple(one), tuple(other)))):
        if change.tag != "equal":
            found += change.src_start > end
            end = change.src_end
    return found
