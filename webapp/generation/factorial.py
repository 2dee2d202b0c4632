"""The 2×2 scheme: two independent attributes crossed, {a, a'} × {b, b'}.

Every option shares one finding with two others and none with the fourth, so no option is nearest
to all others; each finding stands in two options, so none stands out. Exactly one cell is true.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import permutations

from annotation_configs.load import Vocabulary
from webapp.generation.catalog import Feature
from webapp.items.leakage import Centroid
from webapp.items.words import words

LONGEST_TO_SHORTEST = 1.35
"""Keeps the lead of the longest and of the shortest option under the margin of the screening; the
lint warns from 1.5 on."""

CENTROID_LEAD = 0.02
"""How much more like the others one option may be (mean word overlap). A 2×2 of phrases with few
shared words stays below; more than half of the published items do not."""

CELLS: tuple[tuple[bool, bool], ...] = (
    (True, True),
    (True, False),
    (False, True),
    (False, False),
)
"""Whether the first and the second part of each option are true; the key comes first."""


class FactorialError(ValueError):
    """Two features that cannot be the two ends of an axis."""


@dataclass(frozen=True)
class Axis:
    """A finding that is true of the triplet and one of its attribute that is not."""

    true: Feature
    false: Feature

    def __post_init__(self) -> None:
        same = (self.true.scale, self.true.attribute) == (self.false.scale, self.false.attribute)
        if not same or self.true.value == self.false.value:
            raise FactorialError(
                f"{self.true.id} and {self.false.id} do not exclude each other; "
                "choose two values of one attribute at one scale."
            )

    def end(self, true: bool) -> Feature:
        return self.true if true else self.false


def cross(
    first: Callable[[bool], str], second: Callable[[bool], str]
) -> tuple[tuple[str, str], ...]:
    """Both parts of the four options in the order of CELLS."""
    return tuple((first(one), second(other)) for one, other in CELLS)


def independent(one: Feature, other: Feature, vocabulary: Vocabulary) -> bool:
    """Whether all four combinations can occur, so that none can be ruled out by knowledge."""
    return _independent(one.attribute, other.attribute, vocabulary)


@cache
def _independent(one: str, other: str, vocabulary: Vocabulary) -> bool:
    return one != other and not vocabulary.attribute(one).depends_on(vocabulary.attribute(other))


def well_shaped(texts: Sequence[str]) -> bool:
    """Whether the options differ in words and hardly in length, none holds another's words, and
    none is most like the others.
    """
    lengths = [len(text) for text in texts]
    bags = [frozenset(words(text)) for text in texts]
    contained = any(one <= other for one, other in permutations(bags, 2))
    even = max(lengths) <= LONGEST_TO_SHORTEST * min(lengths)
    return even and not contained and _lead(Centroid().choose("", texts)) <= CENTROID_LEAD


def _lead(scores: Sequence[float]) -> float:
    second, best = sorted(scores)[-2:]
    return best - second
