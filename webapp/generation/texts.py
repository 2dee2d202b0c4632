"""Four option texts without a key, and which triplets would make each of them true.

A text is chosen before its key: given the text, the true option is drawn by lot among those that
some triplet still unused can make true. So the wording tells nothing of the key, however learned
the reader, as long as all four can be true somewhere.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, permutations

from annotation_configs.load import Template, Vocabulary, dimension
from webapp.generation.catalog import Feature, alternatives
from webapp.generation.factorial import CELLS, Axis, well_shaped
from webapp.generation.slots import Slot
from webapp.generation.wording import Question, options

TIERS = range(5)
EVEN = 2
"""The highest tier at which each finding is true in half of its uses."""

Place = tuple[bool, bool]
Pile = list[int]
"""Numbers of the triplets that make an option true and were not used for it yet."""


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

    def true(self, place: Place) -> tuple[Feature, Feature]:
        """The findings of the option at a place, where each option has one finding a part."""
        one, other = place
        return self.first[not one], self.second[not other]

    def question(
        self, name: str, template: Template, place: Place, found: Slot, subject: Feature | None
    ) -> Question:
        """With the option at a place made true by what was found."""
        one, other = place
        first = Axis(found.first, self.first[one])
        second = Axis(found.second, self.second[other])
        return Question(name, template, first, second, self.claim, subject)

    def templates(self, name: str, vocabulary: Vocabulary) -> tuple[Template, ...]:
        """Those in which the options of this text are well shaped."""
        slot = Slot(self.first[0], self.second[0])
        head = vocabulary.attribute(self.attributes[0]).head
        return tuple(
            one
            for one in dimension(name).templates
            if (name != "E" or one.head_first is head)
            and well_shaped(options(self.question(name, one, (True, True), slot, None), vocabulary))
        )


@dataclass(frozen=True)
class Cell:
    """One option, and who makes it true: for each finding that does so a pile of triplets."""

    place: Place
    firsts: tuple[Feature, ...]
    piles: tuple[Pile, ...]

    def __len__(self) -> int:
        return sum(map(len, self.piles))

    def triplet(self, at: int) -> int:
        pile, rest = self._spot(at)
        return self.piles[pile][rest]

    def take(self, at: int) -> tuple[int, Feature]:
        """The triplet, off its pile, and its finding."""
        place, rest = self._spot(at)
        pile = self.piles[place]
        pile[rest], pile[-1] = pile[-1], pile[rest]
        return pile.pop(), self.firsts[place]

    def _spot(self, at: int) -> tuple[int, int]:
        for place, pile in enumerate(self.piles):
            if at < len(pile):
                return place, at
            at -= len(pile)
        raise IndexError(f"The option of place {self.place} has no triplet {at} more.")


@dataclass(eq=False)
class Candidate:
    """A text on the shelf. It is used no more often than its rarest option could be true: else
    whoever counts would know of its last uses which options are spent.
    """

    text: Text
    cells: tuple[Cell, ...]
    uses: int = 0
    most: int = field(init=False)

    def __post_init__(self) -> None:
        self.most = min(map(len, self.cells)) if len(self.cells) == len(CELLS) else 0

    def tier(self) -> int:
        return tier([cell.place for cell in self.cells if len(cell)], self.uses < self.most)

    def drawable(self) -> tuple[Cell, ...]:
        """The options to draw from: of three, the two that share no finding."""
        left = [cell for cell in self.cells if len(cell)]
        places = drawable([cell.place for cell in left])
        return tuple(cell for cell in left if cell.place in places)


Frame = tuple[str, str]
"""Two attributes, each at a scale, such as `low.border` and `high.mitoses`."""


class Shelf:
    """The slots of one dimension that are not used yet, found by what they make true."""

    def __init__(self, *, claims: bool, vocabulary: Vocabulary) -> None:
        self._claims, self._vocabulary = claims, vocabulary
        self._piles: dict[tuple[str, str], Pile] = {}
        self._frames: dict[Frame, Slot] = {}
        self.without = 0
        """How many triplets had nothing to offer."""

    def lay(self, triplet: int, found: Sequence[Slot]) -> None:
        self.without += not found
        for slot in found:
            self._piles.setdefault((slot.first.id, slot.second.id), []).append(triplet)
            self._frames.setdefault((axis(slot.first), axis(slot.second)), slot)

    def frames(self) -> Iterator[list[Candidate]]:
        """The texts of each two attributes of which at least one option can be true."""
        for frame in sorted(self._frames):
            slot = self._frames[frame]
            found = (
                Candidate(text, self._cells(text))
                for text in texts(slot, claims=self._claims, vocabulary=self._vocabulary)
            )
            yield [one for one in found if one.cells]

    def _cells(self, text: Text) -> tuple[Cell, ...]:
        return tuple(cell for cell in (self._cell(text, place) for place in CELLS) if cell.piles)

    def _cell(self, text: Text, place: Place) -> Cell:
        one, other = place
        second = text.second[not other].id
        firsts = [
            each for each in ends(text, one, self._vocabulary) if (each.id, second) in self._piles
        ]
        return Cell(place, tuple(firsts), tuple(self._piles[each.id, second] for each in firsts))


def ends(text: Text, true: bool, vocabulary: Vocabulary) -> tuple[Feature, ...]:
    """The findings that make the first part what it says."""
    if text.claim is None:
        return (text.first[not true],)
    return (text.claim,) if true else alternatives(text.claim, vocabulary)


def texts(slot: Slot, *, claims: bool, vocabulary: Vocabulary) -> Iterator[Text]:
    """Every text of the slot's two attributes at their scales."""
    firsts = _values(slot.first, vocabulary)
    for second in combinations(_values(slot.second, vocabulary), 2):
        if claims:
            for claim in firsts:
                yield Text((claim, alternatives(claim, vocabulary)[0]), second, claim)
            continue
        for first in combinations(firsts, 2):
            yield Text(first, second)


def twin_texts(slot: Slot, *, claims: bool, vocabulary: Vocabulary) -> Iterator[Text]:
    """Like `texts`; but an impression is ruled out by one other value only, the same for all."""
    if not claims:
        yield from texts(slot, claims=False, vocabulary=vocabulary)
        return
    for second in combinations(_values(slot.second, vocabulary), 2):
        for claim, foil in permutations(_values(slot.first, vocabulary), 2):
            yield Text((claim, foil), second, claim)


def tier(places: Iterable[Place], uncounted: bool = True) -> int:
    """How much a text can tell of its key, from which options can be true.

    0: each of the four, `uncounted` so far; 1: each of the four; 2: two that share no finding, so
    that each finding is true in one of them; 3: two or three that leave a finding always true or
    never; 4: one only. 5: none.
    """
    found = set(places)
    if len(found) == len(CELLS):
        return 0 if uncounted else 1
    if any((not one, not other) in found for one, other in found):
        return 2
    return 5 - min(2, len(found))


def drawable(places: Sequence[Place]) -> tuple[Place, ...]:
    """Of three places, the two that share no finding."""
    if len(places) in (1, len(CELLS)):
        return tuple(places)
    opposite = tuple(one for one in places if (not one[0], not one[1]) in places)
    return opposite or tuple(places)


def _values(one: Feature, vocabulary: Vocabulary) -> list[Feature]:
    return sorted((one, *alternatives(one, vocabulary)), key=lambda each: each.id)


def axis(one: Feature) -> str:
    """An attribute at a scale, such as `low.border`."""
    return f"{one.scale}.{one.attribute}"
