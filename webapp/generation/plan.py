"""Which triplet gets which question, so that the batch as a whole gives nothing away.

For each question a text is chosen first: two findings of one attribute crossed with two of another.
Which of its four options is true is then drawn by lot, among those that some unused triplet makes
true, and only then the triplet is taken. So, given the text, every option is as likely as any other
and no phrase, length or likeness tells. Texts of which all four options can be true come first;
then those where two opposite ones can, which leaves each phrase true in half of its uses. Only when
a dimension has no such text left are others used: these are marked `balanced=False` and noted.

The same facts (in any order), dimensions, count and seed give the same plan.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from annotation_configs.load import Vocabulary, dimension
from annotation_configs.load import vocabulary as default_vocabulary
from webapp.generation.catalog import TripletFacts
from webapp.generation.planned import PlanError, PlannedItem
from webapp.generation.planner import Planner
from webapp.generation.slots import Evidence, evidence, lacking, slots
from webapp.generation.texts import Offer
from webapp.items.mcq import Dimension

__all__ = ["Plan", "PlanError", "PlannedItem", "make_plan", "plan_batch"]


@dataclass(frozen=True)
class Plan:
    items: tuple[PlannedItem, ...]
    notes: tuple[str, ...]
    """Sentences for the curator: what could not be planned, and why."""


def plan_batch(
    facts: Sequence[TripletFacts],
    *,
    dimensions: Sequence[str],
    count: int,
    seed: int,
    vocabulary: Vocabulary | None = None,
) -> tuple[PlannedItem, ...]:
    """The items of `make_plan`: at most `count`, fewer where the facts allow no more."""
    planned = make_plan(facts, dimensions=dimensions, count=count, seed=seed, vocabulary=vocabulary)
    return planned.items


def make_plan(
    facts: Sequence[TripletFacts],
    *,
    dimensions: Sequence[str],
    count: int,
    seed: int,
    vocabulary: Vocabulary | None = None,
) -> Plan:
    _check(facts, dimensions, count)
    words = vocabulary or default_vocabulary()
    known = {one.uid: evidence(one, words) for one in sorted(facts, key=lambda one: one.uid)}
    offer = {
        name: {uid: slots(name, one, words) for uid, one in known.items()}
        for name in sorted(set(dimensions))
    }
    items = Planner(offer, words, seed).fill(count)
    return Plan(items, (*_gaps(offer, known), *_shortfalls(items, count)))


def _check(facts: Sequence[TripletFacts], dimensions: Sequence[str], count: int) -> None:
    twice = [uid for uid, uses in Counter(one.uid for one in facts).items() if uses > 1]
    if twice:
        raise PlanError(f"Triplet {min(twice)} is given twice; give each triplet once.")
    strangers = sorted(set(dimensions) - {one.value for one in Dimension})
    if strangers or not dimensions:
        named = f"{strangers[0]!r} is no dimension" if strangers else "No dimension is chosen"
        raise PlanError(f"{named}; choose from A, B, C, D and E.")
    if count < 1:
        raise PlanError(f"A batch of {count} questions is impossible; ask for 1 or more.")


def _gaps(offer: Offer, known: Mapping[str, Evidence]) -> Iterator[str]:
    """Which dimensions lack facts, and in how many triplets."""
    total = len(known)
    narrow = sum(len(one.present) < 2 for one in known.values())
    if narrow:
        yield f"{narrow} of {total} triplets have a caption at fewer than two scales: no question."
    for name, by_triplet in offer.items():
        without = sum(not found for found in by_triplet.values())
        if without:
            title = dimension(name).title
            yield f"{name} ({title}): {without} of {total} triplets lack {lacking(name)}."


def _shortfalls(items: tuple[PlannedItem, ...], count: int) -> Iterator[str]:
    if len(items) < count:
        yield (
            f"{len(items)} of {count} questions were planned: these triplets have no findings left "
            "for another distinct one. Add triplets or captions that say more."
        )
    uneven = sum(not item.balanced for item in items)
    if uneven:
        yield (
            f"{uneven} of {len(items)} questions use findings that are true (or false) too often "
            "among these triplets to be set off against each other; a reader without images may "
            "profit from that. More varied triplets would mend it."
        )
