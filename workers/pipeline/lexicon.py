"""Which findings a text speaks of, whatever it says of them: so that none slips in unplanned.

A few hundred patterns against every text that a model writes would take milliseconds; each is tried
only where a piece of plain letters that it cannot do without stands in the text.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache

from annotation_configs.load import Attribute, Vocabulary

_PLAIN = re.compile(r"[a-z -]+(?:\|[a-z -]+)*")
_LOOSE = re.compile(r"\\.[*+?]?|\[[^\]]*\][*+?]?|.[?*]|\{[^}]*\}|[.^$+]")
"""Whatever is no letter that must stand there."""
_SHORTEST_PIECE = 3


Sign = tuple[str, re.Pattern[str]]
"""An attribute and a pattern that shows it."""


def attributes_named(text: str, vocabulary: Vocabulary) -> frozenset[str]:
    """The attributes of which the text names some value, denied or not."""
    folded = " ".join(text.lower().split())
    signs = {
        sign
        for piece, found in _signs_by_piece(vocabulary).items()
        if piece in folded
        for sign in found
    }
    return frozenset(attribute for attribute, pattern in signs if pattern.search(folded))


def phrases_named(text: str, vocabulary: Vocabulary) -> frozenset[tuple[str, str]]:
    """The (attribute, value) pairs whose canonical phrase stands in the text."""
    folded = " ".join(text.lower().split())
    return frozenset(
        (attribute.name, value.name)
        for attribute in vocabulary.attributes
        for value in attribute.values
        if value.phrase.lower() in folded
    )


@cache
def _signs_by_piece(vocabulary: Vocabulary) -> Mapping[str, tuple[Sign, ...]]:
    """Under the empty piece, which stands in every text, those that can do without any."""
    found: dict[str, list[Sign]] = {}
    for attribute in vocabulary.attributes:
        for source in _sources(attribute):
            for piece in needed(source) or {""}:
                found.setdefault(piece, []).append((attribute.name, re.compile(source)))
    return {piece: tuple(dict.fromkeys(signs)) for piece, signs in found.items()}


def _sources(attribute: Attribute) -> Iterator[str]:
    for value in attribute.values:
        for phrase in filter(None, (value.phrase, value.reading)):
            yield rf"(?<!\w){re.escape(phrase.lower())}(?!\w)"
        yield from value.match
        yield from value.negated


def needed(source: str) -> frozenset[str]:
    """Pieces of plain letters, of which every match of a regular expression holds one at least."""
    flat, groups = _outside_groups(source.replace(r"\ ", " ").replace(r"\-", "-"))
    if "|" in flat:
        return frozenset()
    runs = [frozenset({run}) for run in re.split(r"[^a-z -]", _LOOSE.sub("\x00", flat))]
    sure = [each for each in (*groups, *runs) if min(map(len, each)) >= _SHORTEST_PIECE]
    return max(sure, key=lambda each: min(map(len, each)), default=frozenset())


def _outside_groups(source: str) -> tuple[str, list[frozenset[str]]]:
    """What stands in no parentheses, and the alternatives of each group that must match and is
    nothing but plain alternatives.
    """
    flat, groups, depth, begun = "", [], 0, 0
    for place, char in enumerate(source):
        if char == "(":
            depth, begun = depth + 1, begun if depth else place
        elif char == ")":
            depth -= 1
            if depth == 0:
                flat += "\x00"
                inner, after = source[begun + 1 : place], source[place + 1 : place + 2]
                if _PLAIN.fullmatch(inner) and after not in ("?", "*", "{"):
                    groups.append(frozenset(inner.split("|")))
        elif depth == 0:
            flat += char
    return flat, groups
