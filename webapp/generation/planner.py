"""Choosing the questions of a batch one by one: a text first, then by lot which option is true.

The lot is what keeps the texts silent. Evening the truth of each phrase by count instead was tried:
whoever knows the keys of all other questions then knows that this one evens the count, and a probe
trained on one part of the patients fell to 10 % on the others, which is as good as a leak.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import TypeVar

from annotation_configs.load import Template, Vocabulary, dimension
from webapp.generation.factorial import Axis, well_shaped
from webapp.generation.planned import PlannedItem
from webapp.generation.slots import Slot
from webapp.generation.texts import EVEN, Cell, Offer, Shelf, Text, drawable, texts, tier
from webapp.generation.wording import Question, options
from webapp.items.mcq import OPTION_COUNT

_TIERS = (0, 1, 2, 3)
_WINDOW_TRIPLETS = 8
_SLOTS_OF_EACH = 8
_TEXTS_OF_EACH = 4

T = TypeVar("T")


@dataclass(frozen=True)
class Candidate:
    text: Text
    template: Template
    cells: tuple[Cell, ...]

    def question(self, name: str, cell: Cell, slot: Slot) -> Question:
        """The text with one of its options made true by a slot."""
        one, other = cell.place
        first = Axis(slot.first, self.text.first[one])
        second = Axis(slot.second, self.text.second[other])
        return Question(name, self.template, first, second, self.text.claim)

    def texts(self, name: str, vocabulary: Vocabulary) -> tuple[str, ...]:
        """The four options; which of them is true makes no difference."""
        cell = self.cells[0]
        return options(self.question(name, cell, next(iter(cell.slots.values()))), vocabulary)


class Planner:
    """The state of one planning: what is left on the shelves and what was used how often."""

    def __init__(self, offer: Offer, vocabulary: Vocabulary, seed: int) -> None:
        self.vocabulary, self.seed = vocabulary, seed
        self.rng = random.Random(seed)
        self.shelves = {name: Shelf(found, vocabulary) for name, found in offer.items()}
        uids = sorted({uid for by_triplet in offer.values() for uid in by_triplet})
        self.tie = {uid: self.rng.random() for uid in uids}
        self.items: list[PlannedItem] = []
        self.made: Counter[str] = Counter()
        self.uses: Counter[tuple[object, ...]] = Counter()
        self.places: list[int] = []

    def fill(self, count: int) -> tuple[PlannedItem, ...]:
        """Dimensions take turns; one that has no text left within a tier passes."""
        for highest in _TIERS:
            open_names = set(self.shelves)
            while open_names and len(self.items) < count:
                name = min(open_names, key=lambda one: (self.made[one], one))
                found = self._text(name, highest)
                if found is None:
                    open_names.remove(name)
                else:
                    self._draw(name, found)
        return tuple(self.items)

    def _text(self, name: str, highest: int) -> Candidate | None:
        """The least worn of a few: of some slots of each triplet; where none fits, of all."""
        for slots_of_each in (_SLOTS_OF_EACH, None):
            queue = self._queue(name)
            while window := list(islice(queue, _WINDOW_TRIPLETS)):
                found = list(self._candidates(name, window, slots_of_each, highest))
                self.rng.shuffle(found)
                found.sort(key=lambda one: self._wear(name, one))
                for candidate in found:
                    if well_shaped(candidate.texts(name, self.vocabulary)):
                        return candidate
        return None

    def _queue(self, name: str) -> Iterator[str]:
        """Triplets that have something left, the least used first."""
        return iter(
            sorted(
                self.shelves[name].triplets(),
                key=lambda uid: (self.uses[name, uid], self.uses["triplet", uid], self.tie[uid]),
            )
        )

    def _candidates(
        self, name: str, window: Sequence[str], slots_of_each: int | None, highest: int
    ) -> Iterator[Candidate]:
        shelf = self.shelves[name]
        for uid in window:
            for slot in self._sample(shelf.left(uid), slots_of_each):
                possible = list(texts(slot, claims=name == "B", vocabulary=self.vocabulary))
                for text in self._sample(possible, _TEXTS_OF_EACH if slots_of_each else None):
                    cells = shelf.cells(text)
                    if tier(cells) <= highest:
                        for template in self._templates(name, slot):
                            yield Candidate(text, template, cells)

    def _templates(self, name: str, slot: Slot) -> list[Template]:
        heads = self.vocabulary.attribute(slot.first.attribute).head
        return [one for one in dimension(name).templates if name != "E" or one.head_first is heads]

    def _wear(self, name: str, one: Candidate) -> tuple[int, int, int]:
        return (
            self.uses[name, one.text],
            self.uses[name, one.text.attributes],
            self.uses[name, one.template.name],
        )

    def _sample(self, population: Sequence[T], size: int | None) -> Sequence[T]:
        if size is None or len(population) <= size:
            return list(population)
        return self.rng.sample(population, size)

    def _draw(self, name: str, found: Candidate) -> None:
        """Which option is true, by lot; then the least used triplet that makes it so."""
        cells = drawable(found.cells)
        cell = self.rng.choice(cells)
        pair = tuple(sorted(found.text.attributes))
        uid = min(
            cell.slots,
            key=lambda one: (
                self.uses["pair", one, pair],
                self.uses[name, one],
                self.uses["triplet", one],
                self.tie[one],
            ),
        )
        slot = cell.slots[uid]
        self.shelves[name].take(uid, slot)
        self.items.append(self._planned(uid, slot, found, found.question(name, cell, slot)))
        self.made[name] += 1
        self.uses.update(
            (
                (name, uid),
                ("triplet", uid),
                ("pair", uid, pair),
                (name, found.text),
                (name, found.text.attributes),
                (name, found.template.name),
            )
        )

    def _planned(self, uid: str, slot: Slot, found: Candidate, question: Question) -> PlannedItem:
        number = len(self.items) + 1
        subject = self.rng.choice(slot.subjects) if slot.subjects else None
        return PlannedItem(
            number=number,
            triplet=uid,
            dimension=question.dimension,
            template=question.template.name,
            first_true=question.first.true.id,
            first_false=question.first.false.id,
            second_true=question.second.true.id,
            second_false=question.second.false.id,
            key_place=self._next_place(),
            seed=_stable_seed(self.seed, number, uid, repr(question)),
            balanced=tier(found.cells) <= EVEN,
            claim=question.claim.id if question.claim else "",
            subject=subject.id if subject else "",
        )

    def _next_place(self) -> int:
        """Each place once in every four questions, in an order that cannot be foreseen."""
        if not self.places:
            self.places = self.rng.sample(range(OPTION_COUNT), OPTION_COUNT)
        return self.places.pop()


def _stable_seed(*parts: object) -> int:
    """52 bits, so that JSON readers keep it whole. Another question never gets the same: its option
    ids would repeat, and with them where the key is.
    """
    return int.from_bytes(sha256(repr(parts).encode()).digest()[:8]) >> 12
