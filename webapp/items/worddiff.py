"""What was changed in a text, word by word. A pure island."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

_PIECE = re.compile(r"\w+(?:['’]\w+)?|\s+|[^\w\s]")
MOST_PIECES = 3000
"""Beyond it the whole text counts as changed: the comparison is quadratic."""
LEAST_KEPT = 0.5
"""Of texts that have less than this part of their words in common, crumbs of likeness only confuse:
one is shown after the other."""


@dataclass(frozen=True)
class Piece:
    """A run of text that both have, that only the new one has, or that only the old one had."""

    kind: Literal["same", "added", "removed"]
    text: str


def diff(old: str, new: str) -> tuple[Piece, ...]:
    """The pieces in reading order; without the added ones it is `old`, without the removed `new`.

    A single space between two changed words belongs to the change, so that a phrase reads as one.
    """
    before, after = _PIECE.findall(old), _PIECE.findall(new)
    if max(len(before), len(after)) > MOST_PIECES:
        return tuple(_changed(old, new))
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if _kept(matcher, before, after) < LEAST_KEPT:
        return tuple(_changed(old, new))
    found: list[Piece] = []
    removed = added = ""
    for kind, a0, a1, b0, b1 in matcher.get_opcodes():
        shared = "".join(before[a0:a1])
        is_gap = kind == "equal" and shared == " " and (removed or added)
        if kind != "equal" or is_gap:
            removed += shared
            added += "".join(after[b0:b1])
            continue
        found += _changed(removed, added)
        found.append(Piece("same", shared))
        removed = added = ""
    return (*found, *_changed(removed, added))


def _kept(matcher: "SequenceMatcher[str]", before: Sequence[str], after: Sequence[str]) -> float:
    """The part of the words that both have in the same order; blanks do not count."""
    kept = (before[at] for at, _, n in matcher.get_matching_blocks() for at in range(at, at + n))
    words = sum(not piece.isspace() for piece in (*before, *after))
    return 2 * sum(not piece.isspace() for piece in kept) / words if words else 1.0


def _changed(removed: str, added: str) -> Iterator[Piece]:
    if removed == added:
        if removed:
            yield Piece("same", removed)
        return
    if removed:
        yield Piece("removed", removed)
    if added:
        yield Piece("added", added)
