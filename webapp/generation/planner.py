"""Choosing the questions of a batch one by one: a text first, then by lot which option is true.

The lot is what keeps the texts silent. Evening the truth of each phrase by count instead was tried:
whoever knows the keys of all other questions then knows that this one evens the count, and a probe
trained on one part of the patients fell to 10 % on the others, which is as good as a leak.

Each question costs about the same, however many triplets there are.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice

from annotation_configs.load import Vocabulary
from webapp.generation.catalog import Feature, features_of
from webapp.generation.desk import Desk
from webapp.generation.planned import PlannedItem
from webapp.generation.rota import Rota
from webapp.generation.slots import Evidence, Slot, explained, slots
from webapp.generation.texts import EVEN, TIERS, Candidate, Cell, Shelf, Text

_MOST_FOR_PATIENTS = 2
"""Times the square of their number: up to so many questions, counting the phrases that are right
for all other patients gains less than half a point over chance (by simulation with phantoms).
"""
_LOOKED_AT = 16
"""Of so many triplets that make an option true the least used is taken."""


class Planner:
    """The state of one planning: what is left on the shelves and what was used how often."""

    def __init__(
        self,
        known: Sequence[Evidence],
        dimensions: Sequence[str],
        vocabulary: Vocabulary,
        desk: Desk,
    ) -> None:
        self._known, self._vocabulary, self._desk = known, vocabulary, desk
        self._features = features_of(vocabulary)
        self._shelves = {name: self._stocked(name) for name in dimensions}
        self._texts = {name: list(shelf.frames()) for name, shelf in self._shelves.items()}

    @property
    def without(self) -> Mapping[str, int]:
        """How many triplets have nothing to offer to a dimension."""
        return {name: shelf.without for name, shelf in self._shelves.items()}

    def remarks(self, made: int, count: int) -> Iterator[str]:
        if made < count:
            yield (
                f"{made} of {count} questions were planned: these triplets have no findings left "
                "for another distinct one. Add triplets or captions that say more."
            )
        if made > _MOST_FOR_PATIENTS * self._desk.patient_count**2:
            yield (
                f"{made} questions are many for {self._desk.patient_count} patients: who knows the "
                "keys of all others can guess a patient's findings from what theirs lack. "
                "Counterfactual twins rule that out."
            )

    def items(self, count: int) -> Iterator[PlannedItem]:
        return islice(self._items(), count)

    def _items(self) -> Iterator[PlannedItem]:
        """Dimensions take turns; what tells something comes when none has any even text left."""
        for tiers in (TIERS[: EVEN + 1], TIERS[EVEN + 1 :]):
            sources = {name: self._texts_of(name, tiers) for name in self._texts}
            while sources:
                name = self._desk.next_dimension(sources)
                found = next(sources[name], None)
                if found is None:
                    del sources[name]
                else:
                    yield self._draw(name, found)

    def _texts_of(self, name: str, tiers: Sequence[int]) -> Iterator[Candidate]:
        for highest in tiers:
            rota = Rota(self._texts[name], self._desk.rng)
            while (found := rota.take(partial(self._fitting, name, highest))) is not None:
                yield found

    def _stocked(self, name: str) -> Shelf:
        shelf = Shelf(claims=name == "B", vocabulary=self._vocabulary)
        for number, known in enumerate(self._known):
            shelf.lay(number, slots(name, known, self._vocabulary))
        return shelf

    def _fitting(self, name: str, highest: int, one: Candidate) -> Candidate | None:
        return one if one.tier() <= highest and self._desk.templates(name, one.text) else None

    def _draw(self, name: str, found: Candidate) -> PlannedItem:
        """Which option is true, by lot; then the least used triplet that makes it so."""
        balanced = found.tier() <= EVEN
        cell = self._desk.rng.choice(found.drawable())
        triplet, first = self._taken(name, found.text, cell)
        found.uses += 1
        slot = Slot(first, found.text.second[not cell.place[1]])
        pool = self._desk.pool(name)
        template = self._desk.template(name, pool, found.text)
        subject = self._subject(triplet, slot) if name == "D" else None
        return self._desk.planned(
            triplet,
            found.text.question(name, template, cell.place, slot, subject),
            pool=pool,
            key_place=self._desk.next_place(),
            balanced=balanced,
        )

    def _taken(self, name: str, text: Text, cell: Cell) -> tuple[int, Feature]:
        """The least used triplet of some, and which finding makes the option's first part true."""
        spots: Sequence[int] = range(len(cell))
        if len(spots) > _LOOKED_AT:
            spots = self._desk.rng.sample(spots, _LOOKED_AT)
        at = min(spots, key=lambda one: self._desk.wear(name, cell.triplet(one), text, cell.place))
        return cell.take(at)

    def _subject(self, triplet: int, slot: Slot) -> Feature:
        known = self._known[triplet]
        return self._desk.rng.choice(explained(known, slot.first, slot.second, self._vocabulary))
