"""Texts that twins may share, and the triplets of each block that make their options true."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from annotation_configs.load import Vocabulary
from webapp.generation.factorial import CELLS
from webapp.generation.slots import Slot
from webapp.generation.texts import Pile, Place, Text, axis, twin_texts

YES_YES, YES_NO, NO_YES, NO_NO = CELLS
DIAGONALS: tuple[tuple[Place, Place], ...] = ((YES_YES, NO_NO), (YES_NO, NO_YES))
"""The two ways in which two options share no finding."""


Words = tuple[str, ...]


@dataclass(frozen=True)
class Roster:
    """Who is who among triplets that are numbered block by block."""

    patients: Sequence[str]
    """By triplet."""
    blocks: Sequence[int]
    """By triplet, rising."""

    def blocks_in(self, pile: Sequence[int]) -> set[int]:
        return {self.blocks[triplet] for triplet in pile}

    def part(self, pile: Sequence[int], block: int) -> Sequence[int]:
        """The triplets of a block in a rising pile."""
        first, after = bisect_left(self.blocks, block), bisect_left(self.blocks, block + 1)
        return pile[bisect_left(pile, first) : bisect_left(pile, after)]


@dataclass(frozen=True, order=True)
class Kin:
    """What twins have in common besides their text, so that their stems are the same."""

    first: str
    second: str
    """Two attributes, each at a scale, such as `low.border`."""
    present: tuple[str, ...]
    subject: str


@dataclass(eq=False)
class TwinText:
    """A text on the shelf. `piles` are the triplets that make each option true, rising."""

    kin: Kin
    text: Text
    piles: Mapping[Place, Pile]
    groups: int = 0
    """How often it was used; `pairs` of these with two patients."""
    pairs: int = 0
    opened: bool = False
    fours: list[int] = field(default_factory=list)
    """Blocks in which each option may be true of another patient."""
    ways: tuple[list[int], list[int]] = field(default_factory=lambda: ([], []))
    """Blocks that may have a pair, for each diagonal."""

    @property
    def words(self) -> Words:
        """The same for what reads the same in the same template."""
        text, subject = self.text, self.kin.subject
        first = (text.claim,) if text.claim else text.first
        findings = tuple(one.id for one in (*first, *text.second))
        return (*findings, subject.rpartition(".")[0], *self.kin.present)

    @property
    def most_pairs(self) -> int:
        """How many pairs there can be, whichever way the lots fall: of more, the last would be
        known to whoever counts.
        """
        return min(map(len, self.ways))


class TwinShelf:
    """The slots of one dimension, found by what they make true and for whom."""

    def __init__(self, roster: Roster, *, claims: bool, vocabulary: Vocabulary) -> None:
        self._roster, self._claims, self._vocabulary = roster, claims, vocabulary
        self._piles: dict[tuple[str, str, tuple[str, ...], str], Pile] = {}
        self._kin: dict[Kin, Slot] = {}
        self._used: set[tuple[int, str, str]] = set()
        self.without = 0
        """How many triplets had nothing to offer."""

    def lay(self, triplet: int, present: tuple[str, ...], found: Sequence[Slot]) -> None:
        """Triplets must come in rising order."""
        self.without += not found
        for slot in found:
            first, second = slot.first, slot.second
            for subject in [one.id for one in slot.subjects] or [""]:
                pile = self._piles.setdefault((first.id, second.id, present, subject), [])
                pile.append(triplet)
                self._kin.setdefault(Kin(axis(first), axis(second), present, subject), slot)

    def frames(self) -> Iterator[list[TwinText]]:
        """The texts of each kin of which an option is true of anybody."""
        for kin in sorted(self._kin):
            slot = self._kin[kin]
            texts = twin_texts(slot, claims=self._claims, vocabulary=self._vocabulary)
            found = (TwinText(kin, text, self._makers(kin, text)) for text in texts)
            yield [one for one in found if one.piles]

    def open(self, one: TwinText) -> None:
        """Look up the blocks of a text, once."""
        if one.opened:
            return
        one.opened = True
        blocks = {place: self._roster.blocks_in(pile) for place, pile in one.piles.items()}
        first, second = (
            set.intersection(*(blocks.get(place, set()) for place in diagonal))
            for diagonal in DIAGONALS
        )
        one.ways = sorted(first), sorted(second)
        one.fours = sorted(first & second)

    def free(self, one: TwinText, place: Place, block: int) -> dict[str, list[int]]:
        """By patient of a block, the triplets of which an option is true, if not used for it."""
        found: dict[str, list[int]] = {}
        first, second = (each.id for each in one.text.true(place))
        for triplet in self._roster.part(one.piles.get(place, []), block):
            if (triplet, first, second) not in self._used:
                found.setdefault(self._roster.patients[triplet], []).append(triplet)
        return found

    def take(self, one: TwinText, place: Place, triplet: int) -> None:
        first, second = one.text.true(place)
        self._used.add((triplet, first.id, second.id))

    def _makers(self, kin: Kin, text: Text) -> dict[Place, Pile]:
        found = {}
        for place in CELLS:
            first, second = text.true(place)
            pile = self._piles.get((first.id, second.id, kin.present, kin.subject))
            if pile:
                found[place] = pile
        return found
