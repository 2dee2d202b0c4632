"""Answers a question without images by what its text gives away, and says what that was."""

import re
from hashlib import sha256
from itertools import combinations
from typing import Any

LETTERS = "ABCD"
LIKENESS_LEAD = 0.03
LENGTH_LEAD = 1.2
_WORD = re.compile(r"\w+")


def attempt(question: str, options: str, prone: float) -> dict[str, Any]:
    """The option most like the others, or longest, or (for a share of questions) best liked; else
    any, hanging on the order, without confidence; or none."""
    texts = _texts(options)
    place, why = _standing_out(texts)
    if place is None:
        place, why = _liked(texts, prone)
    if place is not None:
        return {"reasoning": why, "answer": LETTERS[place], "confidence": 0.8}
    chance = _number(question, options)
    if chance % 5 == 0:
        return {"reasoning": "The options are level.", "answer": "abstain", "confidence": 0.25}
    letter = LETTERS[(chance >> 16) % len(texts)]
    return {"reasoning": "Nothing decides; a guess.", "answer": letter, "confidence": 0.3}


def analysis(options: str, chosen: str) -> dict[str, Any]:
    texts = _texts(options)
    place, why = _standing_out(texts)
    if place is None:
        return {
            "analysis": f"The words of this option sound as what one expects: {chosen[:80]}",
            "kind": "phrase_prior",
            "constraint": "Put nothing around the findings that makes one of them sound expected.",
        }
    kind = "length" if "longest" in why else "similarity"
    rules = {
        "length": "Keep all four options equally long and say nothing in one that others lack.",
        "similarity": "Use one form of words for all four options and change the findings only.",
    }
    return {"analysis": why, "kind": kind, "constraint": rules[kind]}


def _standing_out(texts: list[str]) -> tuple[int | None, str]:
    lengths = sorted(((len(text), place) for place, text in enumerate(texts)), reverse=True)
    if lengths[0][0] > LENGTH_LEAD * lengths[1][0]:
        return lengths[0][1], "One option is by far the longest and says most."
    bags = [frozenset(_WORD.findall(text.lower())) for text in texts]
    likeness = [0.0] * len(bags)
    for one, other in combinations(range(len(bags)), 2):
        shared = len(bags[one] & bags[other]) / max(1, len(bags[one] | bags[other]))
        likeness[one] += shared / (len(bags) - 1)
        likeness[other] += shared / (len(bags) - 1)
    best, second = sorted(range(len(bags)), key=lambda place: -likeness[place])[:2]
    if likeness[best] - likeness[second] > LIKENESS_LEAD:
        return best, "One option shares most of its words with the others."
    return None, ""


def _liked(texts: list[str], prone: float) -> tuple[int | None, str]:
    """A liking for certain words: the same option under every order."""
    if _number(*sorted(texts)) / 2**64 >= prone:
        return None, ""
    place = max(range(len(texts)), key=lambda each: _number(texts[each]))
    return place, "This is what one expects of such tissue."


def _texts(options: str) -> list[str]:
    return [line.partition(". ")[2] for line in options.splitlines()]


def _number(*parts: str) -> int:
    return int.from_bytes(sha256("\n".join(parts).encode()).digest()[:8])
