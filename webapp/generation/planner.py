"""Choosing the questions of a batch one by one, the most evening candidate each time."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice, product
from typing import TypeVar

from annotation_configs.load import Vocabulary, dimension
from webapp.generation.balance import Balance
from webapp.generation.catalog import Feature, alternatives
from webapp.generation.factorial import Axis, well_shaped
from webapp.generation.planned import PlannedItem
from webapp.generation.slots import Evidence, Slot
from webapp.generation.wording import Question, options
from webapp.items.mcq import OPTION_COUNT

LIMITS: tuple[int | None, ...] = (1, 3, None)
"""How uneven a phrase's truth may become; None: as uneven as the facts are."""

_WINDOW_TRIPLETS = 8
_SLOTS_OF_EACH = 8
_VARIANTS_OF_EACH = 4
_REPEATED_PAIR_COST = 4.0
_REPEATED_TEMPLATE_COST = 0.05

T = TypeVar("T")
Offer = Mapping[str, Mapping[str, Sequence[Slot]]]
"""The slots of each triplet by dimension."""


@dataclass(frozen=True)
class Candidate:
    uid: str
    slot: Slot
    question: Question
    texts: tuple[str, ...]
    cost: float
    worst: int


class Planner:
    """The state of one planning: tallies, what was used, and what is left of each triplet."""

    def __init__(
        self, known: Mapping[str, Evidence], offer: Offer, vocabulary: Vocabulary, seed: int
    ) -> None:
        self.known, self.vocabulary, self.seed = known, vocabulary, seed
        self.rng = random.Random(seed)
        self.tie = {uid: self.rng.random() for uid in known}
        self.slots = {
            name: {uid: list(found) for uid, found in by_triplet.items()}
            for name, by_triplet in offer.items()
        }
        self.balance = Balance()
        self.items: list[PlannedItem] = []
        self.made: Counter[str] = Counter()
        self.uses: Counter[tuple[str, ...]] = Counter()
        self.places: list[int] = []

    def fill(self, count: int) -> tuple[PlannedItem, ...]:
        """Dimensions take turns; one that has nothing left within a limit passes."""
        for limit in LIMITS:
            open_names = set(self.slots)
            while open_names and len(self.items) < count:
                name = min(open_names, key=lambda one: (self.made[one], one))
                found = self._best(name, limit)
                if found is None:
                    open_names.remove(name)
                else:
                    self._take(name, found)
        return tuple(self.items)

    def _best(self, name: str, limit: int | None) -> Candidate | None:
        """A quick look at a few slots of each triplet, then at all of them."""
        for slots_of_each in (_SLOTS_OF_EACH, None):
            queue = self._queue(name)
            while window := list(islice(queue, _WINDOW_TRIPLETS)):
                found = list(self._candidates(name, window, slots_of_each, limit))
                if found:
                    return min(found, key=lambda one: one.cost)
        return None

    def _queue(self, name: str) -> Iterator[str]:
        """Triplets that have something left, the least used first."""
        left = [uid for uid, remaining in self.slots[name].items() if remaining]
        return iter(
            sorted(left, key=lambda u: (self.uses[name, u], self.uses["triplet", u], self.tie[u]))
        )

    def _candidates(
        self, name: str, window: list[str], slots_of_each: int | None, limit: int | None
    ) -> Iterator[Candidate]:
        for uid in window:
            remaining = self.slots[name][uid]
            for slot in self._sample(remaining, slots_of_each):
                variants = list(self._questions(name, self.known[uid], slot))
                some = _VARIANTS_OF_EACH if slots_of_each else None
                for question in self._sample(variants, some):
                    worst = self.balance.worst(question)
                    texts = options(question, self.vocabulary)
                    if (limit is None or worst <= limit) and well_shaped(texts):
                        cost = self._cost(uid, slot, question, texts)
                        yield Candidate(uid, slot, question, texts, cost, worst)

    def _questions(self, name: str, known: Evidence, slot: Slot) -> Iterator[Question]:
        subject = self.rng.choice(slot.subjects) if slot.subjects else None
        heads = self.vocabulary.attribute(slot.first.attribute).head
        templates = [
            one for one in dimension(name).templates if name != "E" or one.head_first is heads
        ]
        for template, false_first, false_second in product(
            templates, self._false(known, slot.first), self._false(known, slot.second)
        ):
            first, second = Axis(slot.first, false_first), Axis(slot.second, false_second)
            for claim in (first.true, first.false) if name == "B" else (None,):
                yield Question(name, template, first, second, claim, subject)

    def _false(self, known: Evidence, true: Feature) -> list[Feature]:
        return [
            one
            for one in alternatives(true, self.vocabulary)
            if (one.attribute, one.value) not in known.mentioned
        ]

    def _sample(self, population: Sequence[T], size: int | None) -> Sequence[T]:
        if size is None or len(population) <= size:
            return population
        return self.rng.sample(population, size)

    def _cost(self, uid: str, slot: Slot, question: Question, texts: tuple[str, ...]) -> float:
        repeated = self.uses["pair", uid, *sorted(slot.attributes)]
        wording = self.uses["template", question.dimension, question.template.name]
        return (
            self.balance.cost(question, texts)
            + _REPEATED_PAIR_COST * repeated
            + _REPEATED_TEMPLATE_COST * wording
            + self.rng.random() * 1e-3
        )

    def _take(self, name: str, found: Candidate) -> None:
        self.slots[name][found.uid].remove(found.slot)
        self.balance.add(found.question, found.texts)
        self.made[name] += 1
        self.uses.update(
            (
                (name, found.uid),
                ("triplet", found.uid),
                ("pair", found.uid, *sorted(found.slot.attributes)),
                ("template", name, found.question.template.name),
            )
        )
        self.items.append(self._planned(found))

    def _planned(self, found: Candidate) -> PlannedItem:
        number, question = len(self.items) + 1, found.question
        return PlannedItem(
            number=number,
            triplet=found.uid,
            dimension=question.dimension,
            template=question.template.name,
            first_true=question.first.true.id,
            first_false=question.first.false.id,
            second_true=question.second.true.id,
            second_false=question.second.false.id,
            key_place=self._next_place(),
            seed=_stable_seed(self.seed, number, found.uid, question.dimension),
            balanced=found.worst <= (LIMITS[0] or 0),
            claim=question.claim.id if question.claim else "",
            subject=question.subject.id if question.subject else "",
        )

    def _next_place(self) -> int:
        """Each place once in every four questions, in an order that cannot be foreseen."""
        if not self.places:
            self.places = self.rng.sample(range(OPTION_COUNT), OPTION_COUNT)
        return self.places.pop()


def _stable_seed(*parts: object) -> int:
    """52 bits, so that JSON readers keep it whole."""
    return int.from_bytes(sha256(repr(parts).encode()).digest()[:8]) >> 12
