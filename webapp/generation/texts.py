"""Four option texts without a key, and which triplets would make each of them true.

A text is chosen before its key: given the text, the true option is drawn by lot among those that
some triplet still unused can make true. So the wording tells nothing of the key, however learned
the reader, as long as all four can be true somewhere.
"""

from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from annotation_configs.load import Vocabulary
from webapp.generation.catalog import Feature, alternatives
from webapp.generation.factorial import CELLS
from webapp.generation.slots import Slot

Offer = Mapping[str, Mapping[str, Sequence[Slot]]]
"""The slots of each triplet by dimension."""

EVEN = 1
"""The highest tier at which each finding is true in half of its uses."""


@dataclass(frozen=True)
class Text:
    """Two findings of one attribute crossed with two of another, in no order that tells."""

    first: tuple[Feature, Feature]
    second: tuple[Feature, Feature]
    claim: Feature | None = None
    """B: the impression; then `first` holds it and some value that it excludes."""

    @property
    def attributes(self) -> tuple[str, str]:
        return self.first[0].attribute, self.second[0].attribute


@dataclass(frozen=True)
class Cell:
    """One option made true: by these triplets, each with its own slot."""

    place: tuple[bool, bool]
    slots: Mapping[str, Slot]


class Shelf:
    """The slots of one dimension that are not used yet, found by what they make true."""

    def __init__(self, by_triplet: Mapping[str, Sequence[Slot]], vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._by_triplet = {uid: list(found) for uid, found in by_triplet.items()}
        self._by_findings: dict[tuple[str, str], dict[str, Slot]] = {}
        for uid, found in by_triplet.items():
            for slot in found:
                self._by_findings.setdefault(_findings(slot), {})[uid] = slot

    def left(self, uid: str) -> Sequence[Slot]:
        return self._by_triplet[uid]

    def triplets(self) -> Iterator[str]:
        """Those that have a slot left."""
        return (uid for uid, found in self._by_triplet.items() if found)

    def take(self, uid: str, slot: Slot) -> None:
        self._by_triplet[uid].remove(slot)
        del self._by_findings[_findings(slot)][uid]

    def cells(self, text: Text) -> tuple[Cell, ...]:
        """The options that can be made true, in the order of CELLS."""
        found = (
            Cell((one, other), self._slots(self._ends(text, one), text.second[not other]))
            for one, other in CELLS
        )
        return tuple(cell for cell in found if cell.slots)

    def _ends(self, text: Text, true: bool) -> tuple[Feature, ...]:
        """The findings that make the first part what it says."""
        if text.claim is None:
            return (text.first[not true],)
        return (text.claim,) if true else alternatives(text.claim, self._vocabulary)

    def _slots(self, firsts: Sequence[Feature], second: Feature) -> Mapping[str, Slot]:
        found = [self._by_findings.get((first.id, second.id), {}) for first in firsts]
        return found[0] if len(found) == 1 else dict(ChainMap(*found))


def texts(slot: Slot, *, claims: bool, vocabulary: Vocabulary) -> Iterator[Text]:
    """Every text in which the slot makes some option true."""
    for other_second in alternatives(slot.second, vocabulary):
        second = _unordered(slot.second, other_second)
        if claims:
            for claim in (slot.first, *alternatives(slot.first, vocabulary)):
                foil = alternatives(claim, vocabulary)[0]
                yield Text((claim, foil), second, claim)
            continue
        for other_first in alternatives(slot.first, vocabulary):
            yield Text(_unordered(slot.first, other_first), second)


def tier(cells: Sequence[Cell]) -> int:
    """How much a text can tell of its key, from which options can be true.

    0: each of the four; 1: two that share no finding, so that each finding is true in one of them;
    2: two or three that leave a finding always true or never; 3: one only.
    """
    places = {cell.place for cell in cells}
    if len(places) == len(CELLS):
        return 0
    if any((not one, not other) in places for one, other in places):
        return 1
    return 2 if len(places) > 1 else 3


def drawable(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """The cells to draw from: of three, the two that share no finding."""
    if len(cells) in (1, len(CELLS)):
        return tuple(cells)
    places = {cell.place for cell in cells}
    opposite = tuple(cell for cell in cells if (not cell.place[0], not cell.place[1]) in places)
    return opposite or tuple(cells)


def _findings(slot: Slot) -> tuple[str, str]:
    return slot.first.id, slot.second.id


def _unordered(one: Feature, other: Feature) -> tuple[Feature, Feature]:
    return (one, other) if one.id < other.id else (other, one)
