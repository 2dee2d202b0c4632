"""The option most like the others: distractors made by small edits of the key betray it."""

from collections.abc import Sequence
from dataclasses import dataclass

from webapp.items.words import overlap, words


@dataclass(frozen=True)
class Centroid:
    """Mean overlap of an option's words with those of each other option."""

    name: str = "centroid"
    version: str = "1"

    def choose(self, stem: str, options: Sequence[str]) -> tuple[float, ...]:
        bags = [frozenset(words(text)) for text in options]
        return tuple(_mean_overlap(bags, place) for place in range(len(bags)))


def _mean_overlap(bags: Sequence[frozenset[str]], place: int) -> float:
    others = [bag for other, bag in enumerate(bags) if other != place]
    return sum(sorted(overlap(bags[place], bag) for bag in others)) / len(others) if others else 0.0
